/**
 * The table: one record per flow, the only state of a node; everything else is a view of it.
 *
 * <p>In come flows from capture (this node's own) and from the cluster (its peers'); out go the dirty flows, to the publisher
 * and to the injector. One thread writes and reads; must not touch the kernel or the network.
 *
 * <ul>
 *   <li>{@link io.keepflow.node.table.FlowTable}: off-heap records under a primitive hash index.
 *   <li>{@link io.keepflow.node.table.DirtySet}: which records a sink has still to look at, each at most once.
 *   <li>{@link io.keepflow.node.table.Owner}: whose flows they are, and the digest of what that owner has published.
 * </ul>
 */
@NullMarked
package io.keepflow.node.table;

import org.jspecify.annotations.NullMarked;
