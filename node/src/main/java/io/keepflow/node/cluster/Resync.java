package io.keepflow.node.cluster;

import org.jspecify.annotations.Nullable;

/** How far this node is with getting everything that one peer owns. */
final class Resync {
    /** What happens next. */
    enum State {
        /** A snapshot of everything was asked for and has not begun. */
        REQUESTED,
        /** Between begin and end of a snapshot of everything. */
        RUNNING,
        /** Digests are compared, to find the buckets that differ. */
        COMPARING,
        /** The peer is told what this node holds in these buckets, and then to send what is lacking. */
        TELLING,
        /** Between begin and end of what is lacking. */
        REPAIRING,
        /** All was taken in, but the accounts differ: because of what is on its way, or the next attempt is due. */
        SETTLING,
        /** Several attempts have failed: something lasting, as a full table. The next one waits. */
        PAUSING,
        /** Count and digest were those of the owner. */
        COMPLETE
    }

    State state = State.REQUESTED;

    /** Number of the running snapshot, and the tag that its flows get. */
    int snapshot;

    int tag;

    /** The search for what differs; null when there is none. */
    @Nullable
    Repair repair;

    /** Flows of the peer that are known to be right here, of those that it has; and when this attempt had so many. */
    long got;

    long expected;
    long gotAtStart;
    long startNanos;

    /** When something of it was last heard; a silent one is asked for again. */
    long lastProgressNanos;

    /** Since when the peer's heartbeats disagree with the table, or 0. */
    long disagreesSinceNanos;

    /** How often in a row it was repeated because the result was not right. */
    int failures;

    /** An operator wants everything anew, whatever the accounts say: until a snapshot of everything ends. */
    boolean isForced;

    /** What differed when it was last looked for, to tell what lasts from what moves. */
    @Nullable
    TaggedBuckets lastDiffering;

    /** From now on what comes is measured. */
    void start(long alreadyHere, long all, long nanos) {
        got = gotAtStart = alreadyHere;
        expected = Math.max(0, all);
        startNanos = lastProgressNanos = nanos;
    }

    double progress() {
        if (state == State.COMPLETE) {
            return 1;
        }
        return expected == 0 ? 0 : Math.clamp((double) got / expected, 0, 1);
    }

    /** Flows per second since the start of this attempt; 0 while none come. */
    double rate(long nanos) {
        boolean flows = state == State.RUNNING || state == State.REPAIRING;
        return flows && nanos > startNanos ? (got - gotAtStart) * 1e9 / (nanos - startNanos) : 0;
    }
}
