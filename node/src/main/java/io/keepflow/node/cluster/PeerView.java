package io.keepflow.node.cluster;

import io.keepflow.protocol.v1.NodeRole;

/**
 * A peer as an operator sees it.
 *
 * @param connected whether it is in the cluster's view and takes part
 * @param lagSeconds how far the peer's kernel is behind this node's own flows; grows while it is not connected
 * @param lagFlows how many of this node's flows the peer's kernel has not confirmed
 * @param flows flows of the peer in this node's table
 * @param complete whether this node holds everything that the peer owns
 * @param progress towards that, 0 to 1
 * @param resyncGot flows that are known to be here of {@code resyncExpected}, 0 of 0 until that is known
 * @param resyncRate flows per second that are coming, 0 while none are
 * @param resyncFailures attempts in a row after which the accounts still differed
 * @param holdsOurs whether the peer says that it holds everything that this node owns
 * @param refused why the peer takes no part, or empty
 */
public record PeerView(
        String name,
        boolean connected,
        NodeRole role,
        double lagSeconds,
        long lagFlows,
        long flows,
        boolean complete,
        double progress,
        long resyncGot,
        long resyncExpected,
        double resyncRate,
        int resyncFailures,
        boolean holdsOurs,
        String build,
        String refused) {
    /** Seconds until everything is here at the present rate; 0 if nothing comes. */
    public double resyncRemainingSeconds() {
        return resyncRate <= 0 ? 0 : Math.max(0, resyncExpected - resyncGot) / resyncRate;
    }
}
