package io.keepflow.node.time;

/**
 * Rounds when a thread does what it does from time to time, so that what is due within the same 50 ms is one wake-up, as Linux's
 * {@code round_jiffies} does. A wake-up of a thread at rest costs more than most of what it then does.
 */
public final class WakeUps {
    /** Moments at which a thread may be awake, in nanoseconds of {@link System#nanoTime}. */
    static final long GRID_NANOS = 50_000_000;

    private WakeUps() {}

    /** How long from now to the last moment of the grid within this time; a time of less than twice the grid's is left as it is. */
    public static long coalesced(long delayNanos) {
        return coalesced(delayNanos, System.nanoTime());
    }

    static long coalesced(long delayNanos, long nowNanos) {
        if (delayNanos < 2 * GRID_NANOS) {
            return delayNanos;
        }
        return delayNanos - Math.floorMod(nowNanos + delayNanos, GRID_NANOS);
    }
}
