package io.keepflow.node.cluster;

import io.keepflow.node.table.DirtySet;
import io.keepflow.node.table.ExpectationTable;
import io.keepflow.node.table.FlowTable;
import io.keepflow.node.table.Owner;
import io.keepflow.node.time.Clock;
import io.keepflow.protocol.v1.Frame;
import io.keepflow.protocol.v1.Heartbeat;
import io.keepflow.protocol.v1.NodeRole;
import io.keepflow.protocol.v1.PeerReport;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;

/**
 * Tells the peers what this node does, what it has published, and what of theirs is in its kernel: twice a second, three or four times while
 * there is something to acknowledge, ten times while there is news, and more often while there is much to acknowledge.
 */
final class Heartbeats {
    private static final long INTERVAL_NANOS = 500_000_000L;

    private static final long INTERVAL_WITH_NEWS_NANOS = 100_000_000L;

    /** What is not acknowledged counts as a peer's lag. At rest the first tick after this is the third. */
    private static final long INTERVAL_OF_ACKNOWLEDGEMENTS_NANOS = 250_000_000L;

    private static final long REST_AFTER_NANOS = 1_000_000_000L;

    /** Frames of one peer that are acknowledged without waiting for a tick: the peer may have four times as many under way. */
    private static final int FRAMES_PER_REPORT = Outlet.WINDOW_FRAMES / 4;

    /** More than the fields of a heartbeat take, and one report of a peer. */
    private static final int FIXED_BYTES = 96;

    private static final int REPORT_BYTES = 64;

    private final FlowTable table;
    private final ExpectationTable allExpectations;
    private final DirtySet injections;
    private final Outlet outlet;
    private final Peers peers;
    private final Clock clock;
    private final IntSupplier unplaced;
    private final BooleanSupplier isSettled;
    private final int maxReports;
    private final Replicator.DelaySink delays;
    private NodeRole ownRole = NodeRole.NODE_ROLE_UNKNOWN;
    private long sentNanos;
    private int firstReport;

    /** The last heartbeat, and what the next would tell. */
    private State told = new State();

    private State now = new State();
    private long newsNanos;

    Heartbeats(
            FlowTable table,
            ExpectationTable expectations,
            Outlet outlet,
            Peers peers,
            Clock clock,
            IntSupplier unplaced,
            BooleanSupplier settled,
            Replicator.DelaySink delays) {
        this.table = table;
        this.allExpectations = expectations;
        this.injections = table.toInject();
        this.outlet = outlet;
        this.peers = peers;
        this.clock = clock;
        this.unplaced = unplaced;
        this.isSettled = settled;
        this.maxReports = (outlet.maxPayload() - FIXED_BYTES) / REPORT_BYTES;
        this.delays = delays;
        this.sentNanos = clock.nanos() - INTERVAL_NANOS;
    }

    void role(NodeRole role) {
        ownRole = role;
        send();
    }

    /** Every tick, some tens of milliseconds. */
    void onTick() {
        if (clock.nanos() - sentNanos >= interval()) {
            send();
        }
    }

    /** That the account has changed is no news: what is published tells. */
    private long interval() {
        now.take();
        if (now.isNewsTo(told)) {
            return INTERVAL_WITH_NEWS_NANOS;
        }
        return hasToAcknowledge() ? INTERVAL_OF_ACKNOWLEDGEMENTS_NANOS : INTERVAL_NANOS;
    }

    private boolean hasToAcknowledge() {
        List<Peer> all = peers.all();
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).takesPart() && all.get(i).injected != all.get(i).reported) {
                return true;
            }
        }
        return false;
    }

    /** Whether there has been no news for a while. */
    boolean isAtRest() {
        if (clock.nanos() - newsNanos <= REST_AFTER_NANOS) {
            return false;
        }
        now.take();
        return !now.isNewsTo(told);
    }

    private int backlog() {
        return Math.max(injections.size(), unplaced.getAsInt());
    }

    /** A delta frame of the peer is in the table: its flows are in the kernel when the dirty set has passed this point. */
    void onFrameApplied(Peer peer, long sequence, long capturedUs) {
        peer.received = sequence;
        if (peer.barrierSequence == 0) {
            raiseBarrier(peer, capturedUs);
        }
    }

    /** The injector has been at work. It is acknowledged at a tick: whoever hears of the new entries may be waiting for this processor. */
    void onInjected() {
        List<Peer> all = peers.all();
        for (int i = 0; i < all.size(); i++) {
            Peer peer = all.get(i);
            if (peer.barrierSequence != 0 && isPassed(peer)) {
                pass(peer);
            }
        }
    }

    private void raiseBarrier(Peer peer, long capturedUs) {
        peer.barrierSequence = peer.received;
        peer.barrierUrgent = injections.urgentTail();
        peer.barrierLazy = injections.lazyTail();
        peer.barrierCapturedUs = capturedUs;
    }

    private boolean isPassed(Peer peer) {
        return injections.urgentHead() >= peer.barrierUrgent && injections.lazyHead() >= peer.barrierLazy;
    }

    private void pass(Peer peer) {
        peer.injected = peer.barrierSequence;
        peer.barrierSequence = 0;
        if (peer.barrierCapturedUs != 0 && peer.clock.isKnown()) {
            long delayUs = clock.epochMicros() + peer.clock.micros() - peer.barrierCapturedUs;
            delays.onDelay(peer.owner.name(), Math.max(0, delayUs) / 1e6);
        }
        if (peer.injected != peer.received) {
            raiseBarrier(peer, 0);
        }
        if (peer.injected - peer.reported >= FRAMES_PER_REPORT) {
            send();
        }
    }

    private void send() {
        sentNanos = clock.nanos();
        now.take();
        if (now.isNewsTo(told)) {
            newsNanos = sentNanos;
        }
        State before = told;
        told = now;
        now = before;
        Heartbeat.Builder heartbeat = Heartbeat.newBuilder()
                .setRole(told.role)
                .setSequence(told.sequence)
                .setFlows(told.flows)
                .setDigest(told.digest)
                .setSentUs(clock.epochMicros())
                .setSettled(told.settled)
                .setExpectations(told.expectations)
                .setExpectationsDigest(told.expectationsDigest);
        report(heartbeat, sentNanos);
        outlet.sendFollowed(Frame.newBuilder().setHeartbeat(heartbeat), Traffic.UPKEEP);
    }

    /** As many reports as one datagram takes: the next heartbeat goes on where this one had to stop. */
    private void report(Heartbeat.Builder heartbeat, long now) {
        List<Peer> all = peers.all();
        int reports = Math.min(all.size(), maxReports);
        for (int i = 0; i < reports; i++) {
            Peer peer = all.get((firstReport + i) % all.size());
            if (peer.takesPart()) {
                heartbeat.addPeers(report(peer, now));
                peer.reported = peer.injected;
            }
        }
        firstReport = all.isEmpty() ? 0 : (firstReport + reports) % all.size();
    }

    private PeerReport report(Peer peer, long now) {
        return PeerReport.newBuilder()
                .setBoot(peer.owner.boot())
                .setInjected(peer.injected)
                .setBacklog(backlog())
                .setEchoUs(peer.lastSentUs)
                .setHoldUs((int) ((now - peer.lastSentNanos) / 1000))
                .setComplete(peer.resync.state == Resync.State.COMPLETE)
                .build();
    }

    /** A heartbeat of {@code peer}. */
    void onHeartbeat(Peer peer, Heartbeat heartbeat) {
        long now = clock.nanos();
        peer.lastHeardNanos = now;
        peer.lastSentUs = heartbeat.getSentUs();
        peer.lastSentNanos = now;
        peer.role = heartbeat.getRole();
        peer.saysSettled = heartbeat.getSettled();
        if (heartbeat.getSequence() > peer.received) {
            // What was sent before it has come or never will: the digest tells. Waiting for it would close the sender's
            // window.
            onFrameApplied(peer, heartbeat.getSequence(), 0);
        }
        for (PeerReport report : heartbeat.getPeersList()) {
            if (report.getBoot() == outlet.boot()) {
                reported(peer, heartbeat, report, now);
            }
        }
    }

    private void reported(Peer peer, Heartbeat heartbeat, PeerReport report, long now) {
        if (report.getInjected() > outlet.log().sequence()) {
            return;
        }
        peer.acknowledged = Math.max(peer.acknowledged, report.getInjected());
        peer.backlog = report.getBacklog();
        peer.holdsAll = report.getComplete();
        if (report.getEchoUs() != 0) {
            peer.clock.sample(
                    report.getEchoUs(), heartbeat.getSentUs(), report.getHoldUs() & 0xffffffffL, clock.epochMicros());
        }
        if (report.getComplete() && peer.acknowledged == outlet.log().sequence()) {
            peer.upToDateNanos = now;
        }
    }

    /** What a heartbeat tells, but for clocks. */
    private final class State {
        private NodeRole role = NodeRole.NODE_ROLE_UNKNOWN;
        private long sequence;
        private long flows;
        private long digest;
        private boolean settled;
        private int expectations;
        private long expectationsDigest;
        private int complete;

        /** What is so now. */
        void take() {
            Owner self = table.owners().self();
            ExpectationTable.Account account = allExpectations.account(self);
            role = ownRole;
            sequence = outlet.log().sequence();
            flows = self.published();
            digest = self.digest();
            settled = isSettled.getAsBoolean();
            expectations = account.expectations();
            expectationsDigest = account.digest();
            complete = peers.complete();
        }

        /** Whether it differs in more than deltas, which follow each other. */
        boolean isNewsTo(State other) {
            return role != other.role
                    || settled != other.settled
                    || complete != other.complete
                    || expectations != other.expectations
                    || expectationsDigest != other.expectationsDigest;
        }
    }
}
