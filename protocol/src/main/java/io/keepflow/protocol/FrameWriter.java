package io.keepflow.protocol;

import com.google.protobuf.CodedOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Writes delta frames by hand against the schema, into an array that it reuses: {@link #begin}, {@link #add} until it says no,
 * then {@link #array} and {@link #length}. One thread.
 */
public final class FrameWriter {
    /** More than the largest delta: all fields of an IPv6 flow set. */
    static final int MAX_DELTA_BYTES = 384;

    /** Has room for the head of a frame and the largest delta. */
    static final int MIN_FRAME_BYTES = 512;

    private final byte[] frame;
    private final byte[] delta = new byte[MAX_DELTA_BYTES];
    private int length;
    private int deltas;

    /** A writer of frames of at most {@code maxBytes}. */
    public FrameWriter(int maxBytes) {
        if (maxBytes < MIN_FRAME_BYTES) {
            throw new IllegalArgumentException(
                    "a frame of " + maxBytes + " bytes is too small: at least " + MIN_FRAME_BYTES);
        }
        frame = new byte[maxBytes];
    }

    /** Starts a frame; {@code snapshot} is 0 for live deltas. */
    public void begin(long boot, long sequence, long capturedUs, int snapshot) {
        deltas = 0;
        try {
            CodedOutputStream out = CodedOutputStream.newInstance(frame);
            out.writeFixed64(1, boot);
            out.writeUInt64(2, sequence);
            if (capturedUs != 0) {
                out.writeFixed64(3, capturedUs);
            }
            if (snapshot != 0) {
                out.writeUInt32(4, snapshot);
            }
            length = out.getTotalBytesWritten();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Appends the flow as it is, or only its end; false if the frame has no room for it. */
    public boolean add(Flow flow, long version, boolean gone) {
        try {
            CodedOutputStream out = CodedOutputStream.newInstance(delta);
            writeDelta(out, flow, version, gone);
            int bytes = out.getTotalBytesWritten();
            if (length + bytes + 4 > frame.length) {
                return false;
            }
            CodedOutputStream framed = CodedOutputStream.newInstance(frame, length, frame.length - length);
            framed.writeTag(16, 2);
            framed.writeUInt32NoTag(bytes);
            framed.write(delta, 0, bytes);
            length += framed.getTotalBytesWritten();
            deltas++;
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int deltas() {
        return deltas;
    }

    public byte[] array() {
        return frame;
    }

    public int length() {
        return length;
    }

    private static void writeDelta(CodedOutputStream out, Flow flow, long version, boolean gone) throws IOException {
        out.writeUInt64(1, version);
        if (gone) {
            out.writeBool(2, true);
        }
        writeIdentity(out, flow);
        if (!gone) {
            if (!Tuples.isPlainReply(flow)) {
                writeReply(out, flow);
            }
            writeState(out, flow);
            if (flow.isExtended()) {
                ExtensionFields.write(out, flow);
            }
        }
    }

    private static void writeIdentity(CodedOutputStream out, Flow flow) throws IOException {
        out.writeUInt32(3, flow.protocol);
        Tuple tuple = flow.original;
        if (flow.family == Flow.IPV6) {
            out.writeBool(20, true);
            out.writeFixed64(21, tuple.srcHigh);
            out.writeFixed64(22, tuple.srcLow);
            out.writeFixed64(23, tuple.dstHigh);
            out.writeFixed64(24, tuple.dstLow);
        } else {
            out.writeFixed32(4, (int) tuple.srcLow);
            out.writeFixed32(5, (int) tuple.dstLow);
        }
        out.writeFixed32(6, packed(tuple));
        writeUInt(out, 7, flow.zone);
        writeUInt(out, 8, flow.zoneOriginal);
    }

    private static void writeReply(CodedOutputStream out, Flow flow) throws IOException {
        Tuple tuple = flow.reply;
        out.writeBool(29, true);
        if (flow.family == Flow.IPV6) {
            out.writeFixed64(25, tuple.srcHigh);
            out.writeFixed64(26, tuple.srcLow);
            out.writeFixed64(27, tuple.dstHigh);
            out.writeFixed64(28, tuple.dstLow);
        } else {
            out.writeFixed32(9, (int) tuple.srcLow);
            out.writeFixed32(10, (int) tuple.dstLow);
        }
        out.writeFixed32(11, packed(tuple));
    }

    private static void writeState(CodedOutputStream out, Flow flow) throws IOException {
        out.writeFixed32(12, flow.status);
        writeUInt(out, 13, flow.timeout);
        writeFixed(out, 14, flow.mark);
        writeUInt(out, 15, flow.zoneReply);
        if (flow.has(Flow.HAS_TCP)) {
            out.writeUInt32(16, flow.tcpState + 1);
            out.writeFixed32(
                    17,
                    flow.tcpFlagsOriginal << 24
                            | flow.tcpFlagsReply << 16
                            | flow.tcpWindowScaleOriginal << 8
                            | flow.tcpWindowScaleReply);
        } else if (flow.has(Flow.HAS_SCTP)) {
            out.writeUInt32(16, flow.sctpState + 1);
            out.writeFixed32(18, flow.sctpVtagOriginal);
            out.writeFixed32(19, flow.sctpVtagReply);
        }
    }

    static int packed(Tuple tuple) {
        return tuple.l4Src << 16 | tuple.l4Dst;
    }

    private static void writeUInt(CodedOutputStream out, int field, int value) throws IOException {
        if (value != 0) {
            out.writeUInt32(field, value);
        }
    }

    private static void writeFixed(CodedOutputStream out, int field, int value) throws IOException {
        if (value != 0) {
            out.writeFixed32(field, value);
        }
    }
}
