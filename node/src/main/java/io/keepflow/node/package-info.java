/**
 * The node: where the stages of the road meet.
 *
 * <pre>
 *  kernel ─▶ netlink ─▶ capture ─▶ table ─▶ cluster (publish) ─▶ link ═══▶ link ─▶ cluster (receive) ─▶ table ─▶ inject ─▶ kernel
 * </pre>
 *
 * <p>{@link io.keepflow.node.Node} wires them by constructors and owns the one thread that touches the table: the event loop of
 * the netlink channel. The link's, the control socket's and the metrics' threads hand over to it or ask it.
 */
@NullMarked
package io.keepflow.node;

import org.jspecify.annotations.NullMarked;
