package io.keepflow.node.cluster;

import io.keepflow.node.time.Clock;

/** How well the table knows this node's own kernel: what an audit has shown, and whether events have been lost since. */
final class KernelKnowledge {
    /** An active node awaits an audit so long. It takes seconds, so one that has not come by then does not work. */
    private static final long PATIENCE_NANOS = 30_000_000_000L;

    private final Clock clock;
    private boolean isKnown;

    /** An audit has ended since anybody came or went: who is dead to this node is dead to all by now. */
    private boolean auditedThisView;

    private boolean inDoubt;
    private long lostNanos;
    private long waitsSinceNanos;

    KernelKnowledge(Clock clock) {
        this.clock = clock;
        waitsSinceNanos = clock.nanos();
    }

    void onEventsLost() {
        inDoubt = true;
        lostNanos = clock.nanos();
    }

    /** An audit that began at that time has ended. */
    void onAudited(long beganNanos) {
        isKnown = true;
        auditedThisView = true;
        inDoubt &= beganNanos - lostNanos < 0;
    }

    void onView() {
        auditedThisView = false;
    }

    /** {@code waits} says whether somebody waits for an audit; true if he has waited long enough. */
    boolean onTick(boolean waits) {
        long now = clock.nanos();
        if (!waits) {
            waitsSinceNanos = now;
        }
        boolean isOver = now - waitsSinceNanos > PATIENCE_NANOS;
        inDoubt &= !isOver;
        return isOver;
    }

    /** Whether there has been an audit. */
    boolean isKnown() {
        return isKnown;
    }

    boolean isAuditedThisView() {
        return auditedThisView;
    }

    /** Whether entries may have ended of which the table does not know. */
    boolean isInDoubt() {
        return inDoubt;
    }
}
