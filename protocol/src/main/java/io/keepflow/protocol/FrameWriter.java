package io.keepflow.protocol;

/**
 * Writes delta frames by hand against the schema, into an array that it reuses: {@link #begin}, {@link #add} until it says no,
 * then {@link #array} and {@link #length}. Allocates nothing. One thread.
 */
public final class FrameWriter {
    /** More than the largest delta: all fields of an IPv6 flow set. */
    static final int MAX_DELTA_BYTES = 384;

    /** Has room for the head of a frame and the largest delta. */
    static final int MIN_FRAME_BYTES = 512;

    /** At most so much stands before a delta: its field number and length. */
    private static final int DELTA_HEAD_BYTES = 3;

    private static final int DELTAS = 11;

    private final byte[] frame;
    private final WireWriter out;
    private final DeltaWriter delta = new DeltaWriter();
    private int deltas;

    /** A writer of frames of at most {@code maxBytes}. */
    public FrameWriter(int maxBytes) {
        if (maxBytes < MIN_FRAME_BYTES) {
            throw new IllegalArgumentException(
                    "a frame of " + maxBytes + " bytes is too small: at least " + MIN_FRAME_BYTES);
        }
        frame = new byte[maxBytes];
        out = new WireWriter(frame);
    }

    /** Starts a frame; {@code snapshot} is 0 for live deltas. */
    public void begin(long boot, long sequence, long capturedUs, int snapshot) {
        deltas = 0;
        delta.begin();
        out.position(0);
        out.fixed64(1, boot);
        out.uint(2, sequence);
        if (capturedUs != 0) {
            out.fixed64(3, capturedUs);
        }
        if (snapshot != 0) {
            out.uint(4, Integer.toUnsignedLong(snapshot));
        }
    }

    /** Appends the flow as it is, or only its end; false if the frame has no room for it. */
    public boolean add(Flow flow, long version, boolean gone) {
        int bytes = delta.write(flow, version, gone);
        if (out.position() + bytes + DELTA_HEAD_BYTES > frame.length) {
            return false;
        }
        out.delimited(DELTAS, bytes);
        out.raw(delta.array(), bytes);
        delta.accept();
        deltas++;
        return true;
    }

    public int deltas() {
        return deltas;
    }

    public byte[] array() {
        return frame;
    }

    public int length() {
        return out.position();
    }
}
