package io.keepflow.node.cluster;

import io.keepflow.node.table.FlowTable;
import io.keepflow.node.table.Owner;
import io.keepflow.node.time.Clock;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.FrameWriter;
import io.keepflow.protocol.v1.Differential;
import io.keepflow.protocol.v1.Frame;
import io.keepflow.protocol.v1.SnapshotBegin;
import io.keepflow.protocol.v1.SnapshotEnd;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Sends what this node has published and not taken back, between the live frames and through the same window: everything, or what
 * one peer lacks. One snapshot of everything serves all who asked before it began; who asks meanwhile gets the next. Flows that
 * have a master come in a second round, when their masters are there. It ends early when nobody waits for it any more.
 */
final class SnapshotSender {
    private static final int SLOTS_PER_TURN = 8192;

    private final FlowTable table;
    private final Outlet outlet;
    private final Peers peers;
    private final Clock clock;
    private final ClusterCounts counts;
    private final FrameWriter frame;
    private final Flow flow = new Flow();
    private final Deque<HandedIn> requests = new ArrayDeque<>();
    private boolean requested;
    private boolean running;
    private int snapshot;
    private int cursor;
    private boolean secondRound;

    /** Whose lack the running snapshot is for, or null for everything; and the tags that this node does not know. */
    private @Nullable HandedIn target;

    private @Nullable TagWriter unknown;

    SnapshotSender(FlowTable table, Outlet outlet, Peers peers, Clock clock, ClusterCounts counts) {
        this.table = table;
        this.outlet = outlet;
        this.peers = peers;
        this.clock = clock;
        this.counts = counts;
        this.frame = outlet.newWriter();
    }

    /** Everything, for {@code peer}. */
    void request(Peer peer) {
        peer.holdsAll = false;
        peer.wantsAll = true;
        requested = true;
    }

    /** What its peer lacks. */
    void request(HandedIn handedIn) {
        requests.removeIf(earlier -> earlier.peer == handedIn.peer);
        requests.add(handedIn);
    }

    /** Sends some of it; true if more could be done at once. */
    boolean step() {
        if (running && !isAwaited()) {
            cancel();
        }
        if (!running && !begin()) {
            return false;
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
        if (cursor >= table.slots() && sendUnknown()) {
            end();
            return requested || !requests.isEmpty();
        }
        return cursor < table.slots() && outlet.isOpen();
    }

    private boolean isAwaited() {
        return target == null ? peers.anyWantsAll() : target.isAwaited();
    }

    private void cancel() {
        finish();
        counts.snapshotsCancelled.increment();
    }

    private void finish() {
        running = false;
        if (target != null && target.peer.handedIn == target) {
            target.peer.handedIn = null;
        } else if (target == null && !requested) {
            peers.all().forEach(peer -> peer.wantsAll = false);
        }
        target = null;
        unknown = null;
    }

    /** Begins the next that is wanted; false if there is none. */
    private boolean begin() {
        requested &= peers.anyWantsAll();
        HandedIn next = requested ? null : nextAwaited();
        if (!requested && next == null) {
            return false;
        }
        requested = false;
        running = true;
        target = next;
        cursor = 0;
        secondRound = false;
        snapshot++;
        SnapshotBegin.Builder begin =
                SnapshotBegin.newBuilder().setSnapshot(snapshot).setFlows(self().published());
        if (next != null) {
            begin.setTo(next.peer.owner.boot()).setRound(next.round);
        }
        outlet.send(Frame.newBuilder().setSnapshotBegin(begin), traffic());
        return true;
    }

    private @Nullable HandedIn nextAwaited() {
        HandedIn next = requests.poll();
        while (next != null && !next.isAwaited()) {
            next = requests.poll();
        }
        return next;
    }

    private Traffic traffic() {
        return target == null ? Traffic.SNAPSHOT : Traffic.DIFFERENTIAL;
    }

    private void fillFrame(int end) {
        outlet.begin(frame, 0, snapshot);
        for (; cursor < end; cursor++) {
            if (isWanted(cursor)) {
                table.load(cursor, flow);
                if (!frame.add(flow, table.version(cursor), false)) {
                    break;
                }
            }
        }
        if (frame.deltas() > 0) {
            if (target != null) {
                counts.differingFlowsSent.add(frame.deltas());
            }
            outlet.send(frame, clock.nanos(), traffic());
        }
    }

    private boolean isWanted(int slot) {
        return table.isPublished(slot) && isOfThisRound(slot) && (target == null || target.lacks(table, slot));
    }

    private boolean isOfThisRound(int slot) {
        if (!table.isExtended(slot)) {
            return !secondRound;
        }
        table.load(slot, flow);
        return flow.has(Flow.HAS_MASTER) == secondRound;
    }

    /** Names what the peer has and this node does not; true when there is no more of it. */
    private boolean sendUnknown() {
        if (target == null) {
            return true;
        }
        if (unknown == null) {
            unknown = new TagWriter(target.tags, true);
        }
        while (!unknown.isDone() && outlet.takeAllowance()) {
            Differential.Builder step = Differential.newBuilder()
                    .setTo(target.peer.owner.boot())
                    .setRound(target.round)
                    .setUnknown(unknown.next(outlet.maxPayload() - Outlet.STEP_BYTES));
            if (step.getUnknown().getTagsCount() > 0) {
                outlet.send(Frame.newBuilder().setDifferential(step), Traffic.DIFFERENTIAL);
            }
        }
        return unknown.isDone();
    }

    private void end() {
        SnapshotEnd end = SnapshotEnd.newBuilder()
                .setSnapshot(snapshot)
                .setFlows(self().published())
                .setDigest(self().digest())
                .build();
        outlet.send(Frame.newBuilder().setSnapshotEnd(end), traffic());
        (target == null ? counts.snapshotsSent : counts.differentialsSent).increment();
        finish();
    }

    private Owner self() {
        return table.owners().self();
    }
}
