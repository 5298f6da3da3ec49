/**
 * Failover: which role this node plays, as keepalived or an operator says.
 *
 * <p>In come lines of keepalived's {@code notify_fifo} and the {@code promote} and {@code demote} commands; out goes the role, to
 * the cluster. Must not touch the kernel.
 */
@NullMarked
package io.keepflow.node.failover;

import org.jspecify.annotations.NullMarked;
