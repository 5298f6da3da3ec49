package io.keepflow.node.capture;

/**
 * When an audit that something unforeseen calls for may begin: at once after a quiet time, and with pauses that double while the
 * calls keep coming, so that a machine that is short of CPU is not given more to do.
 */
final class AuditPace {
    private static final long QUIET_NANOS = 60_000_000_000L;
    private static final long FIRST_PAUSE_NANOS = 1_000_000_000L;
    private static final long MAX_PAUSE_NANOS = 60_000_000_000L;

    private long pauseNanos;
    private long endedNanos;
    private boolean hasEnded;
    private boolean called;

    /** Something calls for an audit; how long it has to wait yet. */
    long call(long now, boolean running) {
        if (!called) {
            called = true;
            boolean soonAgain = running || (hasEnded && now - endedNanos < QUIET_NANOS);
            pauseNanos = soonAgain ? Math.min(Math.max(FIRST_PAUSE_NANOS, 2 * pauseNanos), MAX_PAUSE_NANOS) : 0;
        }
        return waitNanos(now);
    }

    /** How long the next audit that was called for has to wait. */
    long waitNanos(long now) {
        return hasEnded ? Math.max(0, endedNanos + pauseNanos - now) : 0;
    }

    /** Whether an audit is called for that has not begun. */
    boolean isCalled() {
        return called;
    }

    /** An audit begins, and answers all calls so far. */
    void begin() {
        called = false;
    }

    void end(long now) {
        hasEnded = true;
        endedNanos = now;
    }
}
