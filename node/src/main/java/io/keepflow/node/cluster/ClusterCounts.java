package io.keepflow.node.cluster;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** What the cluster did; counted by the node's thread, read by any. */
public final class ClusterCounts {
    public final LongAdder framesSent = new LongAdder();
    public final LongAdder framesReceived = new LongAdder();
    public final LongAdder sendFailures = new LongAdder();

    /** Authentic frames that do not follow the schema. */
    public final LongAdder malformedFrames = new LongAdder();

    /** Frames of nodes that have not introduced themselves, or were refused. */
    public final LongAdder strangerFrames = new LongAdder();

    /** Frames and views on which this node's own code failed: a bug. */
    public final LongAdder failedFrames = new LongAdder();

    /** Frames that the node's thread had no room for. */
    public final LongAdder overflowedFrames = new LongAdder();

    /** Flows published and received. */
    public final LongAdder published = new LongAdder();

    public final LongAdder received = new LongAdder();

    /** Flows that were published and then, as they changed, excluded by the filter. */
    public final LongAdder withdrawn = new LongAdder();

    /** Deltas whose version is beyond all that can have been published. */
    public final LongAdder implausibleVersions = new LongAdder();

    /** Deltas that were not newer than what the table had. */
    public final LongAdder staleDeltas = new LongAdder();

    /** Flows that two nodes owned at the same version. */
    public final LongAdder ownershipConflicts = new LongAdder();

    /** Flows that this node took over from a dead or standing-down owner. */
    public final LongAdder claims = new LongAdder();

    /** Snapshots of everything that were sent, and that were taken in. */
    public final LongAdder snapshotsSent = new LongAdder();

    public final LongAdder snapshots = new LongAdder();

    /** The same of differentials. */
    public final LongAdder differentialsSent = new LongAdder();

    public final LongAdder differentials = new LongAdder();

    /** Snapshots and differentials that nobody waited for any more, and those repeated because count or digest differed. */
    public final LongAdder snapshotsCancelled = new LongAdder();

    public final LongAdder snapshotFailures = new LongAdder();

    /** Buckets in which this node's books of a peer differed from the peer's, and the flows that differentials brought for them. */
    public final LongAdder differingBuckets = new LongAdder();

    public final LongAdder differingFlowsReceived = new LongAdder();

    public final LongAdder differingFlowsSent = new LongAdder();

    /** Flows that no snapshot mentioned any more. */
    public final LongAdder staleFlows = new LongAdder();

    /** Flows that did not fit into the table. */
    public final LongAdder tableFull = new LongAdder();

    /** Expectations published, received, and left out because the table was full; and lists of them that were taken in. */
    public final LongAdder expectationsPublished = new LongAdder();

    public final LongAdder expectationsReceived = new LongAdder();
    public final LongAdder expectationsTableFull = new LongAdder();
    public final LongAdder expectationLists = new LongAdder();

    private final Map<Traffic, LongAdder> bytesSent = new EnumMap<>(Traffic.class);

    public ClusterCounts() {
        for (Traffic traffic : Traffic.values()) {
            bytesSent.put(traffic, new LongAdder());
        }
    }

    /** Bytes of the frames sent for this, as they are before the seal. */
    public LongAdder bytesSent(Traffic traffic) {
        return Objects.requireNonNull(bytesSent.get(traffic));
    }
}
