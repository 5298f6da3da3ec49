package io.keepflow.node.cli;

import io.keepflow.protocol.v1.Peer;

/** How far a resync is, in words. */
final class ResyncPace {
    private ResyncPace() {}

    /** {@code [#####-----] 52 %}. */
    static String bar(Peer peer) {
        return Amounts.bar(peer.getSyncProgress(), 10) + " " + Amounts.percent(peer.getSyncProgress());
    }

    /** {@code 103,137 of 198,342, 33,270 per second, 2.9 s left}. */
    static String of(Peer peer) {
        return Amounts.count(peer.getSyncFlows()) + " of " + Amounts.count(peer.getSyncExpected()) + ", "
                + Amounts.count(Math.round(peer.getSyncRate())) + " per second, "
                + Amounts.seconds(peer.getSyncRemainingSeconds()) + " left";
    }
}
