package io.keepflow.node.cluster;

import io.keepflow.node.cluster.Claims.Unowned;
import io.keepflow.node.filter.Exclusions;
import io.keepflow.node.filter.Selection;
import io.keepflow.node.table.ExpectationTable;
import io.keepflow.node.table.FlowTable;
import io.keepflow.node.time.Clock;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.v1.Differential;
import io.keepflow.protocol.v1.Expectations;
import io.keepflow.protocol.v1.ExpectationsRequest;
import io.keepflow.protocol.v1.Heartbeat;
import io.keepflow.protocol.v1.Hello;
import io.keepflow.protocol.v1.NodeRole;
import io.keepflow.protocol.v1.SnapshotBegin;
import io.keepflow.protocol.v1.SnapshotEnd;
import io.keepflow.protocol.v1.SnapshotRequest;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The replication of one node: joins the stages of this package and is their only door. All but the link's listener is called on
 * the node's thread.
 */
public final class Replicator {
    /** Told how long a flow took from its owner's kernel to this one. */
    public interface DelaySink {
        void onDelay(String owner, double seconds);
    }

    private final FlowTable table;
    private final ExpectationTable allExpectations;
    private final Clock clock;
    private final Peers peers = new Peers();
    private final Outlet outlet;
    private final Claims claims;
    private final Receiver receiver;
    private final Resyncs resyncs;
    private final Publisher publisher;
    private final SnapshotSender snapshots;
    private final DifferentialSender differentials;
    private final Heartbeats heartbeats;
    private final Membership membership;
    private final ExpectationPublisher expectationPublisher;
    private final ExpectationReceiver expectationReceiver;
    private final ExpectationClaims expectationClaims;
    private final boolean claimsUnownedFlows;
    private final ClusterCounts counts;
    private final Inbox inbox;
    private NodeRole role = NodeRole.NODE_ROLE_UNKNOWN;
    private final KernelKnowledge kernel;
    private boolean wasKnown;

    /**
     * Joins the stages.
     *
     * @param nodeThread runs what the link hands over, and drains afterwards
     * @param build this build's version, for the peers' operators
     * @param unplaced counts the flows of peers that the kernel refused
     * @param claimsUnownedFlows whether flows that nobody owns are this node's once its peers have not claimed them, whatever its
     *     role
     * @param selection which of this node's flows are published
     * @param exclusions counts those that are not
     */
    public Replicator(
            FlowTable table,
            ExpectationTable expectations,
            Link link,
            Executor nodeThread,
            Clock clock,
            String build,
            ClusterCounts counts,
            IntSupplier unplaced,
            DelaySink delays,
            boolean claimsUnownedFlows,
            Selection selection,
            Exclusions exclusions) {
        this.table = table;
        this.allExpectations = expectations;
        this.clock = clock;
        this.counts = counts;
        this.claimsUnownedFlows = claimsUnownedFlows;
        kernel = new KernelKnowledge(clock);
        outlet = new Outlet(link, table.owners().self().boot(), peers, counts);
        claims = new Claims(table, peers, clock, counts);
        receiver = new Receiver(table, clock, counts, claims);
        resyncs = new Resyncs(table, outlet, receiver, claims, clock, counts);
        snapshots = new SnapshotSender(table, outlet, peers, clock, counts);
        differentials = new DifferentialSender(table, outlet, peers, snapshots, counts);
        publisher = new Publisher(table, peers, outlet, clock, counts, selection, exclusions);
        heartbeats = new Heartbeats(table, expectations, outlet, peers, clock, unplaced, claims::isSettled, delays);
        membership = new Membership(table, peers, outlet, clock, build, new Views());
        expectationPublisher = new ExpectationPublisher(expectations, table, outlet, clock, counts);
        expectationReceiver = new ExpectationReceiver(expectations, table, outlet, claims, clock, counts);
        expectationClaims = new ExpectationClaims(expectations, peers);
        inbox = new Inbox(nodeThread, new Frames(), counts);
    }

    /** What the link is started with. */
    public Link.Listener listener() {
        return inbox;
    }

    /** Publishes and takes over some of what waits; true if more could be done at once. */
    public boolean drain() {
        boolean more = publisher.drain();
        more |= expectationPublisher.drain();
        more |= claims.step();
        more |= snapshots.step();
        differentials.step();
        List<Peer> all = peers.all();
        for (int i = 0; i < all.size(); i++) {
            more |= all.get(i).takesPart() && resyncs.step(all.get(i));
        }
        return more;
    }

    /** The injector has been at work: acknowledge. Nothing is left to do at once. */
    public boolean onInjected() {
        heartbeats.onInjected();
        return false;
    }

    /** Whether nothing waits for a tick, and nothing but deltas has been told for a second: traffic alone does not end it. */
    public boolean isAtRest() {
        return table.toPublish().isEmpty()
                && table.toInject().isEmpty()
                && expectationPublisher.isIdle()
                && allExpectations.toInject().isEmpty()
                && peers.allHoldAll()
                && heartbeats.isAtRest();
    }

    /** Every 20 ms, or every 100 ms while {@link #isAtRest}. */
    public void onTick() {
        outlet.onTick();
        publisher.onTick();
        membership.onTick();
        boolean isNews = kernel.onTick(waitsForAudit());
        if (membership.isKnown() != wasKnown || isNews) {
            wasKnown = membership.isKnown();
            reconsider();
        }
        heartbeats.onTick();
        expectationClaims.step();
        for (Peer peer : peers.all()) {
            if (peer.takesPart()) {
                resyncs.onTick(peer);
            }
        }
    }

    /** The node's role changed. */
    public void role(NodeRole now) {
        boolean standsDownNow = role == NodeRole.NODE_ROLE_ACTIVE && now != NodeRole.NODE_ROLE_ACTIVE;
        role = now;
        if (standsDownNow) {
            claims.standDown();
        }
        reconsider();
        heartbeats.role(now);
    }

    /** Events of the kernel were lost. An active node has claimed already; what ended there ended rightly. */
    public void onEventsLost() {
        if (role != NodeRole.NODE_ROLE_ACTIVE) {
            kernel.onEventsLost();
        }
    }

    /** Whether nothing is claimed before an audit, because events were lost: it should not be long. */
    public boolean waitsForAudit() {
        return role == NodeRole.NODE_ROLE_ACTIVE && kernel.isInDoubt();
    }

    /** An audit, which began at that time, has ended: what the kernel has and nobody owns is known. */
    public void onKernelKnown(long beganNanos) {
        kernel.onAudited(beganNanos);
        reconsider();
    }

    /** Who takes over what, after anything changed that decides it. */
    private void reconsider() {
        boolean active = role == NodeRole.NODE_ROLE_ACTIVE;
        boolean knowsAll = kernel.isKnown() && membership.isKnown() && peers.allComplete();
        Unowned unowned = Unowned.KEEP;
        if (knowsAll && (active || claimsUnownedFlows)) {
            unowned = Unowned.CLAIM;
        } else if (knowsAll && standsDown() && peers.activeOnesAreSettled()) {
            unowned = kernel.isAuditedThisView() ? Unowned.DROP_ABANDONED : Unowned.DROP;
        }
        claims.sweep(active, unowned, waitsForAudit());
        expectationClaims.rule(active, unowned);
    }

    private boolean standsDown() {
        return role == NodeRole.NODE_ROLE_STANDBY || role == NodeRole.NODE_ROLE_FAULT;
    }

    /** The peers, known ones that are away included. */
    public List<PeerView> peers() {
        long now = clock.nanos();
        return peers.all().stream().map(peer -> view(peer, now)).toList();
    }

    /** Fetches anew everything that those peers own of these names that take part. */
    public void resync(Collection<String> names) {
        for (Peer peer : peers.all()) {
            if (peer.takesPart() && names.contains(peer.owner.name())) {
                resyncs.force(peer);
            }
        }
        reconsider();
    }

    /** Delta frames that the slowest peer has not confirmed; about {@link Outlet#WINDOW_FRAMES} at most. */
    long framesUnderWay() {
        return outlet.framesUnderWay();
    }

    /** Bytes of frames that wait for the node's thread. */
    long inboxBytes() {
        return inbox.bytes();
    }

    private PeerView view(Peer peer, long now) {
        return new PeerView(
                peer.owner.name(),
                peer.takesPart(),
                peer.role,
                lagNanos(peer, now) / 1e9,
                lagFlows(peer),
                peer.owner.flows(),
                peer.resync.state == Resync.State.COMPLETE,
                peer.resync.progress(),
                peer.resync.got,
                peer.resync.expected,
                peer.resync.rate(now),
                peer.resync.failures,
                peer.holdsAll,
                peer.build,
                peer.refused == null ? "" : peer.refused);
    }

    private long lagNanos(Peer peer, long now) {
        if (!peer.takesPart() || !peer.holdsAll) {
            return Math.max(1, now - peer.upToDateNanos);
        }
        long oldest = outlet.log().capturedAfter(peer.acknowledged, now);
        return Math.max(0, now - Math.min(oldest, table.toPublish().oldestNanos(now)));
    }

    private long lagFlows(Peer peer) {
        if (!peer.takesPart() || !peer.holdsAll) {
            return table.owners().self().flows() - table.held();
        }
        return table.toPublish().size() + outlet.log().flowsAfter(peer.acknowledged) + peer.backlog;
    }

    /** Whether this node takes in all that a peer owns: between begin and end of a snapshot of everything. */
    public boolean takesInSnapshot() {
        return peers.anySnapshotRuns();
    }

    /** Changes of who is there. */
    private final class Views implements Membership.Listener {
        @Override
        public void onJoined(Peer peer) {
            heartbeats.role(role);
            resyncs.request(peer);
        }

        @Override
        public void onChanged() {
            kernel.onView();
            reconsider();
        }
    }

    /** Frames, in the order in which their senders sent them. */
    private final class Frames implements Inbox.Receiver {
        private MemberId sender = new MemberId(new UUID(0, 0));
        private @Nullable Peer peer;
        private long sequence;
        private long capturedUs;
        private int snapshot;

        @Override
        public void onFrame(MemberId from) {
            sender = from;
        }

        /** A node that has stood down gives way to one that has taken everything over while they were apart. */
        private void onFirstHeartbeat(Peer from) {
            if (from.isNew) {
                from.isNew = false;
                if (standsDown() && from.saysSettled) {
                    claims.relinquish();
                    expectationClaims.relinquish();
                }
            }
        }

        /** The peer of a frame that is not an introduction; null if it is to be passed over. */
        private @Nullable Peer peer(long boot) {
            Peer known = peers.byBoot(boot);
            if (known == null || !known.takesPart() || !known.member.equals(sender)) {
                counts.strangerFrames.increment();
                return null;
            }
            return known;
        }

        @Override
        public void onDeltas(long boot, long number, long captured, int ofSnapshot) {
            peer = peer(boot);
            sequence = number;
            capturedUs = captured;
            snapshot = ofSnapshot;
        }

        @Override
        public void onDelta(Flow flow, long version, boolean gone) {
            if (peer != null && resyncs.isWanted(peer, snapshot)) {
                receiver.apply(peer, flow, version, gone, snapshot != 0);
                resyncs.onFlow(peer, snapshot);
            }
        }

        @Override
        public void onDeltasEnd() {
            if (peer != null) {
                heartbeats.onFrameApplied(peer, sequence, capturedUs);
            }
        }

        @Override
        public void onHello(long boot, Hello hello) {
            membership.onHello(sender, boot, hello);
        }

        @Override
        public void onHeartbeat(long boot, Heartbeat heartbeat) {
            Peer from = peer(boot);
            if (from != null) {
                NodeRole before = from.role;
                boolean wasSettled = from.settled;
                Resync.State resyncBefore = from.resync.state;
                heartbeats.onHeartbeat(from, heartbeat);
                resyncs.onHeartbeat(from, heartbeat);
                expectationReceiver.onHeartbeat(from, heartbeat);
                onFirstHeartbeat(from);
                if (from.role != before || from.settled != wasSettled || from.resync.state != resyncBefore) {
                    reconsider();
                }
            }
        }

        @Override
        public void onSnapshotRequest(long boot, SnapshotRequest request) {
            Peer known = peer(boot);
            if (known != null && request.getBoot() == outlet.boot()) {
                snapshots.request(known);
            }
        }

        @Override
        public void onSnapshotBegin(long boot, SnapshotBegin begin) {
            Peer from = peer(boot);
            if (from != null) {
                resyncs.onBegin(from, begin);
            }
        }

        @Override
        public void onSnapshotEnd(long boot, SnapshotEnd end) {
            Peer from = peer(boot);
            if (from != null) {
                resyncs.onEnd(from, end);
                reconsider();
            }
        }

        @Override
        public void onExpectations(long boot, Expectations expectations) {
            Peer from = peer(boot);
            if (from != null) {
                expectationReceiver.onExpectations(from, expectations);
            }
        }

        @Override
        public void onExpectationsRequest(long boot, ExpectationsRequest request) {
            if (peer(boot) != null && request.getBoot() == outlet.boot()) {
                expectationPublisher.requestList();
            }
        }

        @Override
        public void onDifferential(long boot, Differential step) {
            Peer from = peer(boot);
            if (from == null || step.getTo() != outlet.boot()) {
                return;
            }
            switch (step.getStepCase()) {
                case DIGEST_REQUEST -> differentials.onRequest(from, step.getRound(), step.getDigestRequest());
                case HOLDINGS -> differentials.onHoldings(from, step.getRound(), step.getHoldings());
                default -> {
                    resyncs.onDifferential(from, step);
                    if (from.resync.state == Resync.State.COMPLETE) {
                        reconsider();
                    }
                }
            }
        }

        @Override
        public void onView(List<MemberId> members) {
            membership.onView(members);
        }
    }
}
