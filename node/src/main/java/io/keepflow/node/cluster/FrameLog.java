package io.keepflow.node.cluster;

/** When each frame that is still under way was captured, and how many flows went out up to it: what a peer's lag is read from. */
final class FrameLog {
    private final long[] capturedNanos;
    private final long[] flowsUpTo;
    private long sequence;

    /** Remembers the last {@code frames}, a power of two and at least the publisher's window. */
    FrameLog(int frames) {
        capturedNanos = new long[frames];
        flowsUpTo = new long[frames];
    }

    /** The next frame left, with so many flows, the oldest captured at {@code nanos}. */
    void sent(int flows, long nanos) {
        long before = flowsUpTo[slot(sequence)];
        sequence++;
        capturedNanos[slot(sequence)] = nanos;
        flowsUpTo[slot(sequence)] = before + flows;
    }

    long sequence() {
        return sequence;
    }

    /** Flows in the frames after {@code acknowledged}. */
    long flowsAfter(long acknowledged) {
        long oldest = Math.max(acknowledged, sequence - capturedNanos.length + 1);
        return oldest >= sequence ? 0 : flowsUpTo[slot(sequence)] - flowsUpTo[slot(oldest)];
    }

    /** When the first frame after {@code acknowledged} was captured; {@code now} if there is none. */
    long capturedAfter(long acknowledged, long now) {
        long oldest = Math.max(acknowledged, sequence - capturedNanos.length + 1);
        return oldest >= sequence ? now : capturedNanos[slot(oldest + 1)];
    }

    private int slot(long number) {
        return (int) number & (capturedNanos.length - 1);
    }
}
