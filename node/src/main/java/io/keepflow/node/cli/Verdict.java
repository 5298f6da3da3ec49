package io.keepflow.node.cli;

import io.keepflow.protocol.v1.Peer;
import io.keepflow.protocol.v1.Role;
import io.keepflow.protocol.v1.Status;
import java.util.Comparator;
import java.util.List;

/** The answer to the one question of an operator at night: would the connections survive a failover now, and why not. */
record Verdict(State state, String reason) {
    /** A peer or a copy this far behind is not called ready. */
    private static final double MAX_LAG_SECONDS = 2;

    private static final double MIN_SHARE = 0.95;

    /** Flows that may always be missing: what a busy firewall has on its way. */
    private static final long FLOWS_UNDER_WAY = 1_000;

    enum State {
        READY("READY"),
        NOT_YET("NOT YET"),
        NOT_READY("NOT READY");

        private final String text;

        State(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    static Verdict of(Status status) {
        return switch (status.getRole()) {
            case ROLE_ACTIVE -> ofActive(status);
            case ROLE_STANDBY -> ofStandby(status);
            case ROLE_FAULT ->
                new Verdict(State.NOT_READY, "keepalived holds this node to be faulty: it cannot take over");
            case ROLE_UNKNOWN, UNRECOGNIZED ->
                new Verdict(
                        State.NOT_READY,
                        "this node has no role: keepalived has not spoken yet, and nobody ran promote or demote");
        };
    }

    /** Share of this node's flows that the peer's kernel holds. */
    static double shareHeld(Status status, Peer peer) {
        long own = flowsToHold(status);
        return own == 0 ? 1 : Math.max(0, 1 - (double) peer.getLagFlows() / own);
    }

    /** Whether the peer takes part in the cluster now. */
    static boolean takesPart(Peer peer) {
        return peer.getConnected() && peer.getRefused().isEmpty();
    }

    private static Verdict ofActive(Status status) {
        List<Peer> heirs = status.getPeersList().stream()
                .filter(peer -> takesPart(peer) && peer.getRole() != Role.ROLE_FAULT)
                .toList();
        if (heirs.isEmpty()) {
            return new Verdict(
                    State.NOT_READY,
                    "no peer can take over: if this node fails, its " + Amounts.flows(flowsToHold(status))
                            + " are lost");
        }
        Peer heir = heirs.stream()
                .min(Comparator.comparingLong(Peer::getLagFlows).thenComparingDouble(Peer::getLagSeconds))
                .orElseThrow();
        String name = Amounts.fit(heir.getName(), 16);
        if (isFarBehind(heir.getLagFlows(), flowsToHold(status))) {
            return new Verdict(
                    State.NOT_YET,
                    name + " holds " + Amounts.percent(shareHeld(status, heir)) + " of our "
                            + Amounts.flows(flowsToHold(status)) + "; it is being filled");
        }
        if (heir.getLagSeconds() > MAX_LAG_SECONDS) {
            return new Verdict(
                    State.NOT_YET,
                    name + " is " + Amounts.seconds(heir.getLagSeconds()) + " behind, by "
                            + Amounts.flows(heir.getLagFlows()));
        }
        String missing = heir.getLagFlows() == 0 ? "" : "all but " + Amounts.count(heir.getLagFlows()) + " of ";
        return new Verdict(
                State.READY,
                name + " holds " + missing + "our " + Amounts.flows(flowsToHold(status)) + ", "
                        + Amounts.seconds(heir.getLagSeconds()) + " behind");
    }

    /** What the peers are to hold: this node's flows, without those that its filter holds back. */
    static long flowsToHold(Status status) {
        return status.getFlowsOwn() - status.getFlowsHeld();
    }

    private static Verdict ofStandby(Status status) {
        List<Peer> peers =
                status.getPeersList().stream().filter(Verdict::takesPart).toList();
        String copy = Amounts.flows(status.getFlowsPeers() + status.getFlowsUnowned());
        if (peers.isEmpty()) {
            return new Verdict(
                    State.NOT_READY, "no peer is connected: nobody feeds the copy of " + copy + " on this node");
        }
        if (peers.stream().noneMatch(peer -> peer.getRole() == Role.ROLE_ACTIVE)) {
            return new Verdict(State.NOT_READY, "no node of the cluster that this one can reach is active");
        }
        for (Peer peer : peers) {
            if (!peer.getComplete()) {
                return new Verdict(
                        State.NOT_YET,
                        "this node holds " + Amounts.percent(peer.getSyncProgress()) + " of the flows of "
                                + Amounts.fit(peer.getName(), 16) + "; it is being filled");
            }
        }
        if (isFarBehind(status.getInjectBacklog(), status.getFlowsPeers())) {
            return new Verdict(
                    State.NOT_YET,
                    Amounts.flows(status.getInjectBacklog()) + " of " + Amounts.count(status.getFlowsPeers())
                            + " still wait to enter this node's kernel");
        }
        return new Verdict(State.READY, "this node holds all " + copy + " of its peers and can take over");
    }

    private static boolean isFarBehind(long missing, long all) {
        return missing > FLOWS_UNDER_WAY && missing > all * (1 - MIN_SHARE);
    }
}
