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
        String build,
        String refused) {}
