package io.keepflow.node.time;

/** A clock that stands still until a test moves it. */
public final class ManualClock implements Clock {
    private long nanos = 1_000_000_000L;

    public void advanceMillis(long millis) {
        nanos += millis * 1_000_000L;
    }

    @Override
    public long nanos() {
        return nanos;
    }

    @Override
    public long epochMicros() {
        return 1_790_000_000_000_000L + nanos / 1000;
    }
}
