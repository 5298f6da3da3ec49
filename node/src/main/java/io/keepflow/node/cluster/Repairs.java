package io.keepflow.node.cluster;

import io.keepflow.node.cluster.Resync.State;
import io.keepflow.node.table.FlowTable;
import io.keepflow.node.time.Clock;
import io.keepflow.protocol.v1.BucketTags;
import io.keepflow.protocol.v1.Differential;
import io.keepflow.protocol.v1.DigestRequest;
import io.keepflow.protocol.v1.Digests;
import io.keepflow.protocol.v1.Frame;
import io.keepflow.protocol.v1.Holdings;
import org.jspecify.annotations.Nullable;

/**
 * The receiver's side of differentials: compares digests down to the small buckets that differ, tells the owner what it holds in
 * them, and takes in what it lacks. Each runs until it ends, falls silent, or is given up for another attempt.
 */
final class Repairs {
    /** Who holds less than this part of an owner's flows is better off with all of them. */
    private static final int LEAST_PART = 8;

    /** What becomes of a comparison. */
    enum Outcome {
        GOES_ON,
        EQUAL,
        /** The accounts differ, but no bucket does any more. */
        UNCLEAR,
        HOLDS_LITTLE
    }

    private final FlowTable table;
    private final Outlet outlet;
    private final Clock clock;
    private final ClusterCounts counts;
    private int rounds;

    Repairs(FlowTable table, Outlet outlet, Clock clock, ClusterCounts counts) {
        this.table = table;
        this.outlet = outlet;
        this.clock = clock;
        this.counts = counts;
    }

    void begin(Peer peer) {
        rounds = rounds == Integer.MAX_VALUE ? 1 : rounds + 1;
        Repair repair = new Repair(new Comparison(outlet.boot(), rounds));
        peer.resync.repair = repair;
        peer.resync.state = State.COMPARING;
        peer.resync.start(0, 0, clock.nanos());
        ask(peer, repair);
    }

    private void ask(Peer peer, Repair repair) {
        DigestRequest request = repair.comparison.request();
        send(step(peer, repair).setDigestRequest(request));
    }

    Outcome onDigests(Peer peer, int round, Digests digests) {
        Repair repair = current(peer, round, State.COMPARING);
        if (repair == null || !repair.comparison.take(digests, peer.owner)) {
            return Outcome.GOES_ON;
        }
        Resync resync = peer.resync;
        resync.lastProgressNanos = clock.nanos();
        if (repair.comparison.isAtRoot()) {
            if (Resyncs.agrees(peer, digests.getFlows(), digests.getDigest())) {
                return Outcome.EQUAL;
            }
            long held = peer.owner.published();
            if (held * LEAST_PART < digests.getFlows()) {
                return Outcome.HOLDS_LITTLE;
            }
            repair.comparison.fitTo(Math.max(held, digests.getFlows()));
            resync.expected = digests.getFlows();
        }
        if (!repair.comparison.isAnswered()) {
            return Outcome.GOES_ON;
        }
        if (repair.comparison.descend()) {
            ask(peer, repair);
            return Outcome.GOES_ON;
        }
        return tell(peer, repair);
    }

    private Outcome tell(Peer peer, Repair repair) {
        TaggedBuckets differing = repair.comparison.differing();
        if (differing.buckets() == 0) {
            if (!repair.comparison.isAtRoot()) {
                peer.resync.failures = 0;
            }
            return Outcome.UNCLEAR;
        }
        counts.differingBuckets.add(differing.buckets());
        TaggedBuckets last = peer.resync.lastDiffering;
        if (last != null && !differing.shares(last)) {
            // All that differed has been repaired since: flows change hands faster than it is told, and nothing is
            // wrong.
            peer.resync.failures = 0;
        }
        peer.resync.lastDiffering = repair.comparison.differing();
        repair.hold(differing);
        peer.resync.state = State.TELLING;
        return Outcome.GOES_ON;
    }

    /** Goes on with telling {@code peer}; true if more could be done at once. */
    boolean step(Peer peer) {
        Repair repair = peer.resync.repair;
        if (repair == null || peer.resync.state != State.TELLING || repair.isTold()) {
            return false;
        }
        if (!repair.gather(table, peer.owner)) {
            return true;
        }
        while (!repair.isTold() && outlet.takeAllowance()) {
            BucketTags tags = repair.tell(outlet.maxPayload() - Outlet.STEP_BYTES);
            send(step(peer, repair)
                    .setHoldings(Holdings.newBuilder()
                            .setBits(repair.bits())
                            .setTags(tags)
                            .setLast(repair.isTold())));
            peer.resync.lastProgressNanos = clock.nanos();
        }
        return false;
    }

    /** What is lacking follows. */
    void onBegin(Peer peer, int round, int snapshot) {
        Repair repair = current(peer, round, State.TELLING);
        if (repair != null && repair.isTold()) {
            Resync resync = peer.resync;
            resync.state = State.REPAIRING;
            resync.snapshot = snapshot;
            resync.start(Math.max(0, peer.owner.published() - repair.heldTags()), resync.expected, clock.nanos());
        }
    }

    void onUnknown(Peer peer, int round, BucketTags tags) {
        Repair repair = current(peer, round, State.REPAIRING);
        if (repair == null) {
            return;
        }
        peer.resync.lastProgressNanos = clock.nanos();
        if (!repair.addUnknown(tags)) {
            counts.malformedFrames.increment();
        }
    }

    private static @Nullable Repair current(Peer peer, int round, State state) {
        Repair repair = peer.resync.repair;
        return repair != null && repair.round() == round && peer.resync.state == state ? repair : null;
    }

    private static Differential.Builder step(Peer peer, Repair repair) {
        return Differential.newBuilder().setTo(peer.owner.boot()).setRound(repair.round());
    }

    private void send(Differential.Builder step) {
        outlet.send(Frame.newBuilder().setDifferential(step), Traffic.DIFFERENTIAL);
    }
}
