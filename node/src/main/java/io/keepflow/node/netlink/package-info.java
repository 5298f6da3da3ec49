/**
 * The kernel's side of the road: sockets, nfnetlink framing, ctnetlink decoding and encoding.
 *
 * <p>In come conntrack events and dumps of the kernel and flows to write into it; out go flows and the kernel's answers.
 * Constants keep their kernel spelling. Knows nothing of tables, owners or peers: nothing of ours but the flow model.
 */
@NullMarked
package io.keepflow.node.netlink;

import org.jspecify.annotations.NullMarked;
