/**
 * Capture: this node's kernel into the table.
 *
 * <p>In come conntrack events and dumps from {@code netlink}; out go merged flows that are marked for publishing, or for
 * injection where the kernel lost what a peer stands behind. Must not touch the network, nor write to the kernel.
 */
@NullMarked
package io.keepflow.node.capture;

import org.jspecify.annotations.NullMarked;
