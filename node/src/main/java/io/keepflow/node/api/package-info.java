/**
 * What the world outside the process may ask of a node: the control socket and the metrics.
 *
 * <p>In come requests of operators and scrapes; out go replies and samples. Sees the node only through {@link
 * io.keepflow.node.api.NodeView} and {@link io.keepflow.node.api.MetricsSource}; must not touch the kernel, the cluster or
 * the table, and never runs on the node's own thread.
 */
@NullMarked
package io.keepflow.node.api;

import org.jspecify.annotations.NullMarked;
