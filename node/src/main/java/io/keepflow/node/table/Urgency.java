package io.keepflow.node.table;

import io.keepflow.protocol.Flow;

/** What protects a live connection, and what others may be related to, goes at once; book-keeping (a handshake, a closing TCP connection) may wait and coalesce. */
public final class Urgency {
    /** {@code TCP_CONNTRACK_ESTABLISHED}, linux/netfilter/nf_conntrack_tcp.h. */
    private static final int TCP_ESTABLISHED = 3;

    private Urgency() {}

    public static boolean isUrgent(Flow flow) {
        return flow.protocol != Flow.TCP || flow.tcpState == TCP_ESTABLISHED || flow.has(Flow.HAS_HELPER);
    }
}
