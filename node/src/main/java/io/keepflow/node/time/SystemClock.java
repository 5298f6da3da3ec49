package io.keepflow.node.time;

import java.time.Instant;

/**
 * The clocks of this machine. The wall clock is looked at ten times a second: every look makes an object. Between two looks the
 * other clock tells how much time has passed; the kernel keeps both at the same rate.
 */
final class SystemClock implements Clock {
    private static final long LOOK_NANOS = 100_000_000;

    /** Of so many looks the quickest counts, unless one is as quick as that. */
    private static final int LOOKS = 5;

    private static final long QUICK_NANOS = 5_000;

    private final long startNanos = System.nanoTime();
    private volatile long lookedNanos;

    /** By how much the wall clock is ahead. */
    private volatile long aheadMicros;

    SystemClock() {
        look();
    }

    @Override
    public long nanos() {
        return System.nanoTime() - startNanos;
    }

    @Override
    public long epochMicros() {
        if (nanos() - lookedNanos > LOOK_NANOS) {
            look();
        }
        return aheadMicros + nanos() / 1000;
    }

    /** Another thread may do the same at the same time, and finds the same. */
    private void look() {
        long quickest = Long.MAX_VALUE;
        long ahead = 0;
        for (int i = 0; i < LOOKS && quickest > QUICK_NANOS; i++) {
            long before = nanos();
            Instant wall = Instant.now();
            long after = nanos();
            if (after - before < quickest) {
                quickest = after - before;
                ahead = wall.getEpochSecond() * 1_000_000L + wall.getNano() / 1000 - (before + quickest / 2) / 1000;
            }
        }
        aheadMicros = ahead;
        lookedNanos = nanos();
    }
}
