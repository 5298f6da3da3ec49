package io.keepflow.node.capture;

import java.util.concurrent.atomic.LongAdder;

/** What the kernel said of expectations; counted by the node's thread, read by any. */
public final class ExpectationCounts {
    public final LongAdder created = new LongAdder();
    public final LongAdder destroyed = new LongAdder();
    public final LongAdder malformed = new LongAdder();
    public final LongAdder overruns = new LongAdder();

    /** Expectations that did not fit into the table. */
    public final LongAdder tableFull = new LongAdder();

    /** What the kernel had lost, or had otherwise than the owner, and was put right. */
    public final LongAdder repaired = new LongAdder();
}
