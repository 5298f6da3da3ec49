package io.keepflow.node.cluster;

/**
 * How far a peer's wall clock is ahead of this node's, from heartbeats that each side echoes (the on-wire arithmetic of RFC 5905,
 * section 8). The sample with the shortest round trip among the last {@value #SAMPLES} counts; its error is below half of that.
 */
final class ClockOffset {
    private static final int SAMPLES = 16;

    private final long[] offsets = new long[SAMPLES];
    private final long[] roundTrips = new long[SAMPLES];
    private int next;
    private int count;

    /**
     * One exchange, microseconds: sent here at {@code sentUs}, echoed by a heartbeat that left there at {@code peerSentUs}, {@code
     * holdUs} after the peer had received it, and came in here at {@code receivedUs}.
     */
    void sample(long sentUs, long peerSentUs, long holdUs, long receivedUs) {
        long roundTrip = receivedUs - sentUs - holdUs;
        if (roundTrip < 0) {
            return;
        }
        int i = next;
        next = (next + 1) % SAMPLES;
        count = Math.min(count + 1, SAMPLES);
        roundTrips[i] = roundTrip;
        offsets[i] = ((peerSentUs - holdUs - sentUs) + (peerSentUs - receivedUs)) / 2;
    }

    boolean isKnown() {
        return count > 0;
    }

    /** Microseconds to add to this node's clock to read the peer's. */
    long micros() {
        int best = 0;
        for (int i = 1; i < count; i++) {
            if (roundTrips[i] < roundTrips[best]) {
                best = i;
            }
        }
        return offsets[best];
    }
}
