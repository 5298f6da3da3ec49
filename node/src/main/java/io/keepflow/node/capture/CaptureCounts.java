package io.keepflow.node.capture;

import java.util.concurrent.atomic.LongAdder;

/** What capture saw; counted by the node's thread, read by any. */
public final class CaptureCounts {
    public final LongAdder created = new LongAdder();
    public final LongAdder updated = new LongAdder();
    public final LongAdder destroyed = new LongAdder();
    public final LongAdder malformed = new LongAdder();
    public final LongAdder overruns = new LongAdder();

    /** Flows that moved to this node because its kernel sees their packets. */
    public final LongAdder ownershipMoves = new LongAdder();

    /** Flows that did not fit into the table. */
    public final LongAdder tableFull = new LongAdder();

    /** Differences between table and kernel, as events told them, and as audits found them. */
    public final DifferenceCounts byEvent = new DifferenceCounts();

    public final DifferenceCounts byAudit = new DifferenceCounts();
}
