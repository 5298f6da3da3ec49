package io.keepflow.node.cluster;

import io.keepflow.node.filter.Exclusions;
import io.keepflow.node.filter.Selection;
import io.keepflow.node.table.DirtySet;
import io.keepflow.node.table.FlowTable;
import io.keepflow.node.time.Clock;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.FrameWriter;

/**
 * Drains the flows that wait for publishing into delta frames; each publication raises the flow's version. What the filter does not
 * admit as it is now is held back, and withdrawn if the peers have it.
 */
final class Publisher {
    private static final int FLOWS_PER_TURN = 4096;

    /** How long a flow that protects no live connection may wait for coalescing. */
    private static final long LAZY_DELAY_NANOS = 20_000_000L;

    /** Flows that may come of age in one tick. */
    private static final int RIPE_PER_TICK = 16384;

    private final FlowTable table;
    private final DirtySet dirty;
    private final Peers peers;
    private final Outlet outlet;
    private final Clock clock;
    private final ClusterCounts counts;
    private final Selection selection;
    private final Exclusions exclusions;
    private final FrameWriter frame;
    private final Flow flow = new Flow();
    private boolean begun;
    private long capturedNanos;

    Publisher(
            FlowTable table,
            Peers peers,
            Outlet outlet,
            Clock clock,
            ClusterCounts counts,
            Selection selection,
            Exclusions exclusions) {
        this.table = table;
        this.dirty = table.toPublish();
        this.peers = peers;
        this.outlet = outlet;
        this.clock = clock;
        this.counts = counts;
        this.selection = selection;
        this.exclusions = exclusions;
        this.frame = outlet.newWriter();
    }

    /**
     * Publishes some of what waits; true if more could be done at once. Nothing waits for coalescing while a peer forwards
     * packets too: the next one of a handshake may pass there.
     */
    boolean drain() {
        long now = clock.nanos();
        long lazyBefore = peers.anyActive() ? now + 1 : now - LAZY_DELAY_NANOS;
        int flows = 0;
        while (flows < FLOWS_PER_TURN && outlet.isOpen()) {
            int slot = dirty.pollUrgent();
            if (slot < 0) {
                slot = dirty.pollLazy(lazyBefore);
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

    /** Every tick: what has come of age since the last one waits for publishing now. */
    void onTick() {
        long now = clock.nanos();
        long bornBefore = now - selection.minAgeSeconds() * 1_000_000_000L;
        for (int i = 0; i < RIPE_PER_TICK; i++) {
            int slot = table.young().poll(bornBefore);
            if (slot < 0) {
                return;
            }
            dirty.mark(slot, false, now);
        }
    }

    private void publish(int slot, long since, long now) {
        boolean gone = table.is(slot, FlowTable.GONE);
        if (table.isOwn(slot)) {
            table.load(slot, flow);
            int decision = gone ? Selection.ADMITTED : decide(slot);
            boolean withdrawn = decision != Selection.ADMITTED;
            boolean isKnown = table.version(slot) != 0;
            if (isKnown || !(gone || withdrawn)) {
                send(slot, gone || withdrawn, since, now);
            }
            if (withdrawn) {
                hold(slot, decision, isKnown);
            }
        }
        if (gone) {
            table.release(slot);
        }
    }

    private int decide(int slot) {
        if (table.is(slot, FlowTable.INHERITED)) {
            return Selection.ADMITTED;
        }
        int decision = selection.decide(flow);
        return decision == Selection.ADMITTED && table.young().contains(slot) ? Selection.TOO_YOUNG : decision;
    }

    private void send(int slot, boolean gone, long since, long now) {
        long version = table.nextVersion();
        add(version, gone, since, now);
        table.assign(slot, table.owners().self(), gone ? 0 : version);
        counts.published.increment();
    }

    private void hold(int slot, int decision, boolean wasKnown) {
        if (table.hold(slot)) {
            exclusions.count(decision);
        }
        if (wasKnown) {
            counts.withdrawn.increment();
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
