package io.keepflow.node.cluster;

import io.keepflow.node.table.DirtySet;
import io.keepflow.node.table.FlowTable;
import io.keepflow.node.time.Clock;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.FrameWriter;

/** Drains the flows that wait for publishing into delta frames; each publication raises the flow's version. */
final class Publisher {
    private static final int FLOWS_PER_TURN = 4096;

    /** How long a flow that protects no live connection may wait for coalescing. */
    private static final long LAZY_DELAY_NANOS = 20_000_000L;

    private final FlowTable table;
    private final DirtySet dirty;
    private final Outlet outlet;
    private final Clock clock;
    private final ClusterCounts counts;
    private final FrameWriter frame;
    private final Flow flow = new Flow();
    private boolean begun;
    private long capturedNanos;

    Publisher(FlowTable table, Outlet outlet, Clock clock, ClusterCounts counts) {
        this.table = table;
        this.dirty = table.toPublish();
        this.outlet = outlet;
        this.clock = clock;
        this.counts = counts;
        this.frame = outlet.newWriter();
    }

    /** Publishes some of what waits; true if more could be done at once. */
    boolean drain() {
        long now = clock.nanos();
        int flows = 0;
        while (flows < FLOWS_PER_TURN && outlet.isOpen()) {
            int slot = dirty.pollUrgent();
            if (slot < 0) {
                slot = dirty.pollLazy(now - LAZY_DELAY_NANOS);
            }
            if (slot < 0) {
                break;
            }
            publish(slot, dirty.polledNanos(), now);
            flows++;
        }
        flush();
        return flows == FLOWS_PER_TURN;
    }

    private void publish(int slot, long since, long now) {
        boolean gone = table.is(slot, FlowTable.GONE);
        if (table.isOwn(slot) && !(gone && table.version(slot) == 0)) {
            long version = table.nextVersion();
            table.load(slot, flow);
            add(version, gone, since, now);
            table.assign(slot, table.owners().self(), gone ? 0 : version);
            counts.published.increment();
        }
        if (gone) {
            table.release(slot);
        }
    }

    private void add(long version, boolean gone, long since, long now) {
        if (begun && frame.add(flow, version, gone)) {
            return;
        }
        flush();
        capturedNanos = since;
        outlet.begin(frame, clock.epochMicros() - (now - since) / 1000, 0);
        begun = true;
        if (!frame.add(flow, version, gone)) {
            throw new IllegalStateException("an empty frame has no room for one flow");
        }
    }

    private void flush() {
        if (begun) {
            begun = false;
            outlet.send(frame, capturedNanos, Traffic.LIVE);
        }
    }
}
