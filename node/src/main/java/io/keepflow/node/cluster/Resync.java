package io.keepflow.node.cluster;

/** How far this node is with getting everything that one peer owns. */
final class Resync {
    /** What happens next. */
    enum State {
        /** Asked for; the snapshot has not begun. */
        REQUESTED,
        /** Between begin and end of a snapshot. */
        RUNNING,
        /** The last snapshot ended with equal count and digest. */
        COMPLETE
    }

    State state = State.REQUESTED;

    /** Number of the running snapshot, and the tag that its flows get. */
    int snapshot;

    int tag;

    /** Flows that the snapshot has brought, of those announced. */
    long got;

    long expected;

    /** When something of it was last heard; a silent one is asked for again. */
    long lastProgressNanos;

    /** Since when the peer's heartbeats disagree with the table, or 0. */
    long disagreesSinceNanos;

    /** How often in a row it was repeated because the result was not right: each waits twice as long. */
    int failures;

    double progress() {
        return switch (state) {
            case REQUESTED -> 0;
            case RUNNING -> expected == 0 ? 0 : Math.min(1.0, (double) got / expected);
            case COMPLETE -> 1;
        };
    }
}
