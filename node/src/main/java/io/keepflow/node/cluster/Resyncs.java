package io.keepflow.node.cluster;

import io.keepflow.node.cluster.Resync.State;
import io.keepflow.node.table.FlowTable;
import io.keepflow.node.time.Clock;
import io.keepflow.protocol.v1.Frame;
import io.keepflow.protocol.v1.Heartbeat;
import io.keepflow.protocol.v1.SnapshotBegin;
import io.keepflow.protocol.v1.SnapshotEnd;
import io.keepflow.protocol.v1.SnapshotRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes in what each peer owns, and knows when it has it all: at the end of a snapshot, and at every heartbeat, count and digest
 * must be those of the owner. What differs for longer than a change of ownership takes is asked for again.
 */
final class Resyncs {
    /** A snapshot that is silent for so long is asked for again. */
    private static final long SILENCE_NANOS = 5_000_000_000L;

    /** A difference may last this long, for two nodes hear of a change of ownership at different times. */
    private static final long PATIENCE_NANOS = 2_000_000_000L;

    private static final int MAX_DOUBLINGS = 3;

    private static final Logger LOG = LoggerFactory.getLogger(Resyncs.class);

    private final FlowTable table;
    private final Outlet outlet;
    private final Receiver receiver;
    private final Claims claims;
    private final Clock clock;
    private final ClusterCounts counts;

    Resyncs(FlowTable table, Outlet outlet, Receiver receiver, Claims claims, Clock clock, ClusterCounts counts) {
        this.table = table;
        this.outlet = outlet;
        this.receiver = receiver;
        this.claims = claims;
        this.clock = clock;
        this.counts = counts;
    }

    /** Asks {@code peer} for everything. */
    void request(Peer peer) {
        peer.resync.state = State.REQUESTED;
        peer.resync.disagreesSinceNanos = 0;
        peer.resync.lastProgressNanos = clock.nanos();
        outlet.send(Frame.newBuilder()
                .setSnapshotRequest(SnapshotRequest.newBuilder().setBoot(peer.owner.boot())));
    }

    void onBegin(Peer peer, SnapshotBegin begin) {
        Resync resync = peer.resync;
        if (resync.state == State.COMPLETE) {
            return;
        }
        resync.state = State.RUNNING;
        resync.snapshot = begin.getSnapshot();
        resync.tag = resync.tag % 0xff + 1;
        resync.got = 0;
        resync.expected = begin.getFlows();
        resync.lastProgressNanos = clock.nanos();
    }

    /** Whether deltas of this snapshot concern this node. */
    boolean isWanted(Peer peer, int snapshot) {
        return snapshot == 0 || (peer.resync.state == State.RUNNING && peer.resync.snapshot == snapshot);
    }

    void onFlow(Peer peer, int snapshot) {
        if (snapshot != 0) {
            peer.resync.got++;
            peer.resync.lastProgressNanos = clock.nanos();
        }
    }

    void onEnd(Peer peer, SnapshotEnd end) {
        if (!isWanted(peer, end.getSnapshot())) {
            return;
        }
        dropUnmentioned(peer);
        if (claims.takesFrom(peer) || agrees(peer, end.getFlows(), end.getDigest())) {
            complete(peer);
            counts.snapshots.increment();
            LOG.info("holding all {} flows of {}", end.getFlows(), peer.owner.name());
        } else {
            LOG.warn(
                    "snapshot of {} ended with {} flows here and {} there, or different ones; asking again",
                    peer.owner.name(),
                    peer.owner.published(),
                    end.getFlows());
            counts.snapshotFailures.increment();
            fail(peer);
        }
    }

    private static void complete(Peer peer) {
        peer.resync.state = State.COMPLETE;
        peer.resync.failures = 0;
    }

    /** Compares at a heartbeat: equal digests prove that this node holds all, snapshot or not. */
    void onHeartbeat(Peer peer, Heartbeat heartbeat) {
        Resync resync = peer.resync;
        boolean agrees = agrees(peer, heartbeat.getFlows(), heartbeat.getDigest());
        peer.settled = peer.saysSettled && agrees;
        if (agrees) {
            complete(peer);
        }
        if (resync.state != State.COMPLETE || agrees) {
            resync.disagreesSinceNanos = 0;
            return;
        }
        long now = clock.nanos();
        if (resync.disagreesSinceNanos == 0) {
            resync.disagreesSinceNanos = now;
        } else if (now - resync.disagreesSinceNanos > PATIENCE_NANOS << resync.failures) {
            LOG.warn(
                    "{} owns {} flows, this node knows {} of them, or others; asking for all",
                    peer.owner.name(),
                    heartbeat.getFlows(),
                    peer.owner.published());
            counts.snapshotFailures.increment();
            fail(peer);
        }
    }

    /** Asks again where nothing came. */
    void onTick(Peer peer) {
        Resync resync = peer.resync;
        if (resync.state != State.COMPLETE
                && clock.nanos() - resync.lastProgressNanos > SILENCE_NANOS << resync.failures) {
            request(peer);
        }
    }

    private void fail(Peer peer) {
        peer.resync.failures = Math.min(MAX_DOUBLINGS, peer.resync.failures + 1);
        if (peer.resync.failures == 1) {
            request(peer);
        } else {
            // Something lasting, as a full table: onTick asks again after a growing pause.
            peer.resync.state = State.REQUESTED;
            peer.resync.lastProgressNanos = clock.nanos();
        }
    }

    private static boolean agrees(Peer peer, long flows, long digest) {
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
                receiver.drop(slot);
                counts.staleFlows.increment();
            }
        }
    }
}
