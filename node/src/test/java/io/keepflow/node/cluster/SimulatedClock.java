package io.keepflow.node.cluster;

import io.keepflow.node.time.Clock;

/** Time that stands still until the test moves it. */
final class SimulatedClock implements Clock {
    private long nanos = 1_000_000_000_000L;

    @Override
    public long nanos() {
        return nanos;
    }

    @Override
    public long epochMicros() {
        return 1_700_000_000_000_000L + nanos / 1000;
    }

    void advanceMillis(long millis) {
        nanos += millis * 1_000_000L;
    }
}
