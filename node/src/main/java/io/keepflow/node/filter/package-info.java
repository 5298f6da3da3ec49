/**
 * Selective replication: which of this node's flows its peers get.
 *
 * <p>In comes a flow; out goes a decision and its reason. Pure: no table, no clock, no configuration file, so that the same rules
 * decide in the node, in the kernel's socket filter and in {@code keepflow check}.
 */
@NullMarked
package io.keepflow.node.filter;

import org.jspecify.annotations.NullMarked;
