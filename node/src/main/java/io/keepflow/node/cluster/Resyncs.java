package io.keepflow.node.cluster;

import io.keepflow.node.cluster.Resync.State;
import io.keepflow.node.table.FlowTable;
import io.keepflow.node.time.Clock;
import io.keepflow.protocol.v1.Differential;
import io.keepflow.protocol.v1.Frame;
import io.keepflow.protocol.v1.Heartbeat;
import io.keepflow.protocol.v1.SnapshotBegin;
import io.keepflow.protocol.v1.SnapshotEnd;
import io.keepflow.protocol.v1.SnapshotRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes in what each peer owns, and knows when it has it all: at the end of a snapshot, and at every heartbeat, count and digest
 * must be those of the owner. What differs for longer than a change of ownership takes is repaired: by a differential where this
 * node has most of the peer's flows, by a snapshot of everything where it has not, or where differentials have failed.
 */
final class Resyncs {
    /** What is silent for so long is asked for again. */
    private static final long SILENCE_NANOS = 5_000_000_000L;

    /** A difference may last this long, for two nodes hear of a change of ownership at different times. */
    private static final long PATIENCE_NANOS = 2_000_000_000L;

    private static final long PAUSE_NANOS = 40_000_000_000L;

    /** Of so many attempts that fail the last is with everything; then there is a pause. */
    private static final int ATTEMPTS = 3;

    private static final Logger LOG = LoggerFactory.getLogger(Resyncs.class);

    private final FlowTable table;
    private final Outlet outlet;
    private final Receiver receiver;
    private final Claims claims;
    private final Clock clock;
    private final ClusterCounts counts;
    private final Repairs repairs;

    Resyncs(FlowTable table, Outlet outlet, Receiver receiver, Claims claims, Clock clock, ClusterCounts counts) {
        this.table = table;
        this.outlet = outlet;
        this.receiver = receiver;
        this.claims = claims;
        this.clock = clock;
        this.counts = counts;
        repairs = new Repairs(table, outlet, clock, counts);
    }

    /** Gets what {@code peer} owns, from the start. */
    void request(Peer peer) {
        peer.resync.disagreesSinceNanos = 0;
        if (peer.resync.isForced || peer.owner.published() == 0 || peer.resync.failures % ATTEMPTS == ATTEMPTS - 1) {
            requestAll(peer);
        } else {
            repairs.begin(peer);
        }
    }

    /** Gets everything that {@code peer} owns anew, whatever is here, is under way or has failed. */
    void force(Peer peer) {
        peer.resync.isForced = true;
        peer.resync.failures = 0;
        request(peer);
    }

    private void requestAll(Peer peer) {
        peer.resync.repair = null;
        peer.resync.state = State.REQUESTED;
        peer.resync.start(0, 0, clock.nanos());
        outlet.send(
                Frame.newBuilder()
                        .setSnapshotRequest(SnapshotRequest.newBuilder().setBoot(peer.owner.boot())),
                Traffic.SNAPSHOT);
    }

    /** Goes on with what is under way with {@code peer}; true if more could be done at once. */
    boolean step(Peer peer) {
        return repairs.step(peer);
    }

    /** A step of a differential in which this node is the receiver. */
    void onDifferential(Peer peer, Differential step) {
        switch (step.getStepCase()) {
            case DIGESTS -> {
                Repairs.Outcome outcome = repairs.onDigests(peer, step.getRound(), step.getDigests());
                switch (outcome) {
                    case GOES_ON -> {}
                    case EQUAL -> complete(peer);
                    case UNCLEAR -> settle(peer);
                    case HOLDS_LITTLE -> requestAll(peer);
                }
            }
            case UNKNOWN -> repairs.onUnknown(peer, step.getRound(), step.getUnknown());
            default -> counts.malformedFrames.increment();
        }
    }

    void onBegin(Peer peer, SnapshotBegin begin) {
        Resync resync = peer.resync;
        if (begin.getTo() == outlet.boot()) {
            repairs.onBegin(peer, begin.getRound(), begin.getSnapshot());
        } else if (begin.getTo() == 0 && (resync.state == State.REQUESTED || resync.state == State.RUNNING)) {
            resync.state = State.RUNNING;
            resync.snapshot = begin.getSnapshot();
            resync.tag = resync.tag % 0xff + 1;
            resync.start(0, begin.getFlows(), clock.nanos());
        }
    }

    /** Whether deltas of this snapshot concern this node. */
    boolean isWanted(Peer peer, int snapshot) {
        Resync resync = peer.resync;
        return snapshot == 0
                || ((resync.state == State.RUNNING || resync.state == State.REPAIRING) && resync.snapshot == snapshot);
    }

    void onFlow(Peer peer, int snapshot) {
        if (snapshot != 0) {
            peer.resync.got++;
            peer.resync.lastProgressNanos = clock.nanos();
            if (peer.resync.state == State.REPAIRING) {
                counts.differingFlowsReceived.increment();
            }
        }
    }

    void onEnd(Peer peer, SnapshotEnd end) {
        if (end.getSnapshot() == 0 || !isWanted(peer, end.getSnapshot())) {
            return;
        }
        boolean ofAll = peer.resync.state == State.RUNNING;
        if (ofAll) {
            peer.resync.isForced = false;
            dropUnmentioned(peer);
        } else if (peer.resync.repair != null) {
            dropUnknown(peer, peer.resync.repair);
        }
        if (claims.takesFrom(peer) || agrees(peer, end.getFlows(), end.getDigest())) {
            (ofAll ? counts.snapshots : counts.differentials).increment();
            LOG.info("holding all {} flows of {}", end.getFlows(), peer.owner.name());
            complete(peer);
        } else if (ofAll) {
            LOG.warn(
                    "snapshot of {} ended with {} flows here and {} there, or different ones; asking again",
                    peer.owner.name(),
                    peer.owner.published(),
                    end.getFlows());
            fail(peer);
        } else {
            settle(peer);
        }
    }

    private static void complete(Peer peer) {
        peer.resync.state = State.COMPLETE;
        peer.resync.repair = null;
        peer.resync.lastDiffering = null;
        peer.resync.failures = 0;
    }

    /** What differs now may be on its way: the next heartbeats tell. */
    private void settle(Peer peer) {
        peer.resync.state = State.SETTLING;
        peer.resync.repair = null;
        peer.resync.disagreesSinceNanos = peer.resync.lastProgressNanos = clock.nanos();
    }

    /** Compares at a heartbeat: equal digests prove that this node holds all, snapshot or not; but what was forced is carried out. */
    void onHeartbeat(Peer peer, Heartbeat heartbeat) {
        Resync resync = peer.resync;
        boolean agrees = agrees(peer, heartbeat.getFlows(), heartbeat.getDigest());
        peer.settled = peer.saysSettled && agrees;
        if (agrees && !resync.isForced) {
            complete(peer);
        }
        if (agrees || (resync.state != State.COMPLETE && resync.state != State.SETTLING)) {
            resync.disagreesSinceNanos = 0;
            return;
        }
        long now = clock.nanos();
        if (resync.disagreesSinceNanos == 0) {
            resync.disagreesSinceNanos = now;
        } else if (now - resync.disagreesSinceNanos > PATIENCE_NANOS) {
            LOG.warn(
                    "{} owns {} flows, this node knows {} of them, or others; asking for what differs",
                    peer.owner.name(),
                    heartbeat.getFlows(),
                    peer.owner.published());
            if (resync.state == State.SETTLING) {
                fail(peer);
            } else {
                request(peer);
            }
        }
    }

    /** Asks again where nothing came. */
    void onTick(Peer peer) {
        Resync resync = peer.resync;
        long patience = resync.state == State.PAUSING ? PAUSE_NANOS : SILENCE_NANOS;
        if (resync.state != State.COMPLETE && clock.nanos() - resync.lastProgressNanos > patience) {
            request(peer);
        }
    }

    private void fail(Peer peer) {
        counts.snapshotFailures.increment();
        peer.resync.failures++;
        if (peer.resync.failures % ATTEMPTS != 0) {
            request(peer);
        } else {
            peer.resync.repair = null;
            peer.resync.state = State.PAUSING;
            peer.resync.start(0, 0, clock.nanos());
        }
    }

    static boolean agrees(Peer peer, long flows, long digest) {
        return peer.owner.published() == flows && peer.owner.digest() == digest;
    }

    /** But an active node takes what its kernel has of a peer that has stood down, whether the peer still mentions it or not. */
    private void dropUnmentioned(Peer peer) {
        boolean takes = claims.takesFrom(peer);
        for (int slot = 0; slot < table.slots(); slot++) {
            if (table.isLive(slot)
                    && table.ownerOf(slot) == peer.owner
                    && table.snapshotTag(slot) != peer.resync.tag
                    && !(takes && table.is(slot, FlowTable.IN_KERNEL))) {
                drop(slot);
            }
        }
    }

    /** The same after a differential: what the peer said it does not know. */
    private void dropUnknown(Peer peer, Repair repair) {
        repair.endUnknown();
        boolean takes = claims.takesFrom(peer);
        for (int slot = 0; slot < table.slots(); slot++) {
            if (table.isLive(slot)
                    && table.isPublishedBy(slot, peer.owner)
                    && repair.isUnknown(table, slot)
                    && !(takes && table.is(slot, FlowTable.IN_KERNEL))) {
                drop(slot);
            }
        }
    }

    private void drop(int slot) {
        receiver.drop(slot);
        counts.staleFlows.increment();
    }
}
