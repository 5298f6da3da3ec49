/**
 * The test bed: a firewall cluster between a client and a server, in network namespaces of this machine.
 *
 * <p>In comes a {@link io.keepflow.it.lab.LabPlan}; out come namespaces, keepalived, cables to pull and dumps of the kernels'
 * tables, read by the conntrack tool. Knows nothing of how the firewalls replicate; only the package {@code kernel} uses code of
 * the node.
 */
@NullMarked
package io.keepflow.it.lab;

import org.jspecify.annotations.NullMarked;
