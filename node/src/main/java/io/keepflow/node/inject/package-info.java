/**
 * Injection: flows of peers into this node's kernel, while it is standby.
 *
 * <p>In come dirty flows of the table; out go batched requests, and every answer of the kernel decides what happens next. What
 * the kernel holds for a peer is armed again before it expires, for as long as its owner stands behind it. Must not touch the
 * network.
 */
@NullMarked
package io.keepflow.node.inject;

import org.jspecify.annotations.NullMarked;
