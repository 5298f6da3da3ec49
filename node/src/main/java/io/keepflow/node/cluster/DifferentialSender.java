package io.keepflow.node.cluster;

import io.keepflow.node.table.FlowTable;
import io.keepflow.protocol.v1.Differential;
import io.keepflow.protocol.v1.DigestRequest;
import io.keepflow.protocol.v1.Frame;
import io.keepflow.protocol.v1.Holdings;

/**
 * The owner's side of differentials: answers a receiver's questions for digests of this node's books, and takes in what the
 * receiver holds where they differ; what it lacks then goes out as a snapshot.
 */
final class DifferentialSender {
    /** A peer holds about what this node has published; what it still has of before may come on top. */
    private static final int TAGS_PER_FLOW = 2;

    private static final int MIN_TAGS = 1 << 16;

    private final FlowTable table;
    private final Outlet outlet;
    private final Peers peers;
    private final SnapshotSender snapshots;
    private final ClusterCounts counts;

    DifferentialSender(FlowTable table, Outlet outlet, Peers peers, SnapshotSender snapshots, ClusterCounts counts) {
        this.table = table;
        this.outlet = outlet;
        this.peers = peers;
        this.snapshots = snapshots;
        this.counts = counts;
    }

    void onRequest(Peer peer, int round, DigestRequest request) {
        peer.holdsAll = false;
        peer.wantsAll = false;
        peer.answer = DigestAnswer.to(peer, round, request);
        if (peer.answer == null) {
            counts.malformedFrames.increment();
        }
    }

    void onHoldings(Peer peer, int round, Holdings part) {
        peer.holdsAll = false;
        HandedIn handedIn = peer.handedIn;
        if (handedIn == null || handedIn.round != round) {
            if (part.getBits() < 1 || part.getBits() > TaggedBuckets.MAX_BITS) {
                counts.malformedFrames.increment();
                return;
            }
            handedIn = new HandedIn(peer, round, part.getBits());
            peer.handedIn = handedIn;
        }
        if (handedIn.isComplete()) {
            return;
        }
        int maxTags = (int) Math.min(
                Integer.MAX_VALUE / 2,
                MIN_TAGS + TAGS_PER_FLOW * table.owners().self().published());
        if (!handedIn.add(part.getTags(), part.getLast(), maxTags)) {
            counts.malformedFrames.increment();
            peer.handedIn = null;
        } else if (part.getLast()) {
            snapshots.request(handedIn);
        }
    }

    /** Answers what the pace allows. */
    void step() {
        for (int i = 0; i < peers.all().size(); i++) {
            Peer peer = peers.all().get(i);
            while (peer.answer != null && outlet.isOpen() && outlet.takeAllowance()) {
                answer(peer, peer.answer);
            }
        }
    }

    private void answer(Peer peer, DigestAnswer answer) {
        if (peer.takesPart()) {
            Differential.Builder step = Differential.newBuilder()
                    .setTo(peer.owner.boot())
                    .setRound(answer.round)
                    .setDigests(answer.next(table.owners().self(), outlet.maxPayload()));
            outlet.send(Frame.newBuilder().setDifferential(step), Traffic.DIFFERENTIAL);
        }
        if (answer.isDone() || !peer.takesPart()) {
            peer.answer = null;
        }
    }
}
