/**
 * The cluster: what leaves this node for its peers and what comes from them.
 *
 * <p>In come dirty flows of the table and frames of the {@link io.keepflow.node.cluster.Link}; out go frames and applied
 * flows. A link's threads never touch the table: they hand their frames to the node's one thread. Must not touch the kernel.
 */
@NullMarked
package io.keepflow.node.cluster;

import org.jspecify.annotations.NullMarked;
