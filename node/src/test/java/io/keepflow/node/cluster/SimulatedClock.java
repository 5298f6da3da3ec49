package io.keepflow.node.cluster;

import io.keepflow.node.time.Clock;

/** Time that stands still until the test moves it; each machine's wall clock may be set to something else at any moment. */
final class SimulatedClock implements Clock {
    /** Reads within one tick that no honest work needs: the reader waits for time to pass, which it never will. */
    private static final int READS_PER_TICK = 5_000_000;

    private long nanos = 1_000_000_000_000L;
    private int reads;

    @Override
    public long nanos() {
        if (++reads > READS_PER_TICK) {
            throw new IllegalStateException("the node's thread waits: it reads the clock again and again");
        }
        return nanos;
    }

    @Override
    public long epochMicros() {
        return 1_700_000_000_000_000L + nanos / 1000;
    }

    void advanceMillis(long millis) {
        nanos += millis * 1_000_000L;
        reads = 0;
    }

    /** One machine's clock: the time of all, and a wall clock that jumps. */
    final class OfMachine implements Clock {
        private long offsetMicros;

        void jumpMillis(long millis) {
            offsetMicros += millis * 1000;
        }

        @Override
        public long nanos() {
            return SimulatedClock.this.nanos();
        }

        @Override
        public long epochMicros() {
            return SimulatedClock.this.epochMicros() + offsetMicros;
        }
    }
}
