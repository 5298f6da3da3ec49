package io.keepflow.it.lab.kernel;

import io.keepflow.node.notation.ConntrackNames;
import io.keepflow.protocol.Flow;
import java.util.ArrayList;
import java.util.List;

/**
 * What an entry says of its flow, as far as a peer's kernel is to say the same. Left out is what cannot be or is not meant to be
 * the same: timeouts, windows, counters, the kernel's ids, and the status bits that only note what the kernel has done so far.
 */
record EntryState(
        Direction reply, int zoneReply, int status, int mark, int protocolState, int peculiarities, int vtags) {
    /** What packets showed, what is translated, and how it may expire. */
    private static final int REPLICATED_STATUS =
            Flow.IPS_SEEN_REPLY | Flow.IPS_ASSURED | Flow.IPS_SRC_NAT | Flow.IPS_DST_NAT | Flow.IPS_FIXED_TIMEOUT;

    /** {@code IP_CT_TCP_FLAG_*}, linux/netfilter/nf_conntrack_tcp.h; an injected entry may be more liberal than its origin. */
    private static final int TCP_WINDOW_SCALE = 1;

    private static final int TCP_SACK_PERM = 2;
    private static final int TCP_CLOSE_INIT = 4;
    private static final int REPLICATED_TCP_FLAGS = TCP_WINDOW_SCALE | TCP_SACK_PERM | TCP_CLOSE_INIT;

    static EntryState of(Flow flow) {
        boolean tcp = flow.has(Flow.HAS_TCP);
        boolean sctp = flow.has(Flow.HAS_SCTP);
        return new EntryState(
                Direction.of(flow.reply),
                flow.zoneReply,
                flow.status & REPLICATED_STATUS,
                flow.mark,
                tcp ? flow.tcpState : sctp ? flow.sctpState : 0,
                tcp ? tcp(flow) : 0,
                sctp ? 31 * flow.sctpVtagOriginal + flow.sctpVtagReply : 0);
    }

    /** Flags of both directions, and their window scales if both have one: otherwise the kernel forgets them. */
    private static int tcp(Flow flow) {
        int original = flow.tcpFlagsOriginal & REPLICATED_TCP_FLAGS;
        int reply = flow.tcpFlagsReply & REPLICATED_TCP_FLAGS;
        boolean scaled = (original & reply & TCP_WINDOW_SCALE) != 0;
        int scales = scaled ? flow.tcpWindowScaleOriginal << 4 | flow.tcpWindowScaleReply : 0;
        return original << 16 | reply << 8 | scales;
    }

    String text(FlowIdentity flow) {
        return "%s [%s] reply %s mark=%d status=%s"
                .formatted(
                        zoneReply == 0 ? "" : "zone-reply=" + zoneReply,
                        ConntrackNames.state(flow.protocol(), protocolState),
                        reply.text(flow.family(), flow.protocol()),
                        mark,
                        hex(status))
                .strip();
    }

    /** Each field in which {@code other} differs, with both values. */
    String differences(EntryState other, FlowIdentity flow) {
        List<String> fields = new ArrayList<>();
        if (!reply.equals(other.reply)) {
            fields.add("reply " + reply.text(flow.family(), flow.protocol()) + " is "
                    + other.reply.text(flow.family(), flow.protocol()));
        }
        add(fields, "reply zone", zoneReply, other.zoneReply);
        add(fields, "status", hex(status), hex(other.status));
        add(fields, "mark", hex(mark), hex(other.mark));
        add(
                fields,
                "state",
                ConntrackNames.state(flow.protocol(), protocolState),
                ConntrackNames.state(flow.protocol(), other.protocolState));
        add(fields, "TCP flags and scales", hex(peculiarities), hex(other.peculiarities));
        add(fields, "verification tags", hex(vtags), hex(other.vtags));
        return String.join(", ", fields);
    }

    private static void add(List<String> fields, String name, Object here, Object there) {
        if (!here.equals(there)) {
            fields.add(name + " " + here + " is " + there);
        }
    }

    private static String hex(int value) {
        return "0x" + Integer.toHexString(value);
    }
}
