/**
 * What stands in the firewalls' kernels, entry by entry: complete tables read over netlink, compared with each other, and entries
 * put there in bulk.
 *
 * <p>In come namespaces of a {@link io.keepflow.it.lab.Lab}; out come differences. Reads and writes by the node's own netlink
 * code, which that module's tests hold against the conntrack tool.
 */
@NullMarked
package io.keepflow.it.lab.kernel;

import org.jspecify.annotations.NullMarked;
