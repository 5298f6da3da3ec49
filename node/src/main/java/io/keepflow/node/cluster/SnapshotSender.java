package io.keepflow.node.cluster;

import io.keepflow.node.table.FlowTable;
import io.keepflow.node.table.Owner;
import io.keepflow.node.time.Clock;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.FrameWriter;
import io.keepflow.protocol.v1.Frame;
import io.keepflow.protocol.v1.SnapshotBegin;
import io.keepflow.protocol.v1.SnapshotEnd;

/**
 * Sends everything that this node has published and not taken back, between the live frames and through the same window. One
 * snapshot serves all who asked before it began; who asks meanwhile gets the next. Flows that have a master come in a second round,
 * when their masters are there.
 */
final class SnapshotSender {
    private static final int SLOTS_PER_TURN = 8192;

    private final FlowTable table;
    private final Outlet outlet;
    private final Clock clock;
    private final FrameWriter frame;
    private final Flow flow = new Flow();
    private boolean requested;
    private boolean running;
    private int snapshot;
    private int cursor;
    private boolean secondRound;

    SnapshotSender(FlowTable table, Outlet outlet, Clock clock) {
        this.table = table;
        this.outlet = outlet;
        this.clock = clock;
        this.frame = outlet.newWriter();
    }

    void request() {
        requested = true;
    }

    /** Sends some of it; true if more could be done at once. */
    boolean step() {
        if (!running && !requested) {
            return false;
        }
        if (!running) {
            begin();
        }
        int end = Math.min(table.slots(), cursor + SLOTS_PER_TURN);
        while (cursor < end && outlet.isOpen()) {
            fillFrame(end);
        }
        if (cursor >= table.slots() && !secondRound && table.extended() > 0) {
            secondRound = true;
            cursor = 0;
            return outlet.isOpen();
        }
        if (cursor >= table.slots()) {
            end();
            return requested;
        }
        return outlet.isOpen();
    }

    private void begin() {
        requested = false;
        running = true;
        cursor = 0;
        secondRound = false;
        snapshot++;
        SnapshotBegin begin = SnapshotBegin.newBuilder()
                .setSnapshot(snapshot)
                .setFlows(self().published())
                .build();
        outlet.send(Frame.newBuilder().setSnapshotBegin(begin));
    }

    private void fillFrame(int end) {
        outlet.begin(frame, 0, snapshot);
        for (; cursor < end; cursor++) {
            if (table.isPublished(cursor) && isOfThisRound()) {
                if (!frame.add(flow, table.version(cursor), false)) {
                    break;
                }
            }
        }
        if (frame.deltas() > 0) {
            outlet.send(frame, clock.nanos());
        }
    }

    /** Loads the flow at the cursor, and says whether its turn is now. */
    private boolean isOfThisRound() {
        if (secondRound && !table.isExtended(cursor)) {
            return false;
        }
        table.load(cursor, flow);
        return flow.has(Flow.HAS_MASTER) == secondRound;
    }

    private void end() {
        running = false;
        SnapshotEnd end = SnapshotEnd.newBuilder()
                .setSnapshot(snapshot)
                .setFlows(self().published())
                .setDigest(self().digest())
                .build();
        outlet.send(Frame.newBuilder().setSnapshotEnd(end));
    }

    private Owner self() {
        return table.owners().self();
    }
}
