package io.keepflow.node.netlink;

import io.keepflow.protocol.Flow;
import io.keepflow.protocol.Tuple;
import io.keepflow.protocol.Tuples;

/** Flows for tests, as the kernel would show them. */
final class Flows {
    static final int STREAM = Flow.IPS_SEEN_REPLY | Flow.IPS_ASSURED | Flow.IPS_CONFIRMED;
    static final int WINDOW_SCALE_AND_SACK = Ctnetlink.IP_CT_TCP_FLAG_WINDOW_SCALE | Ctnetlink.IP_CT_TCP_FLAG_SACK_PERM;

    private Flows() {}

    /** An established flow without NAT, different for each {@code number} below 65,536 × 200. */
    static Flow plain(int family, int protocol, int number) {
        Flow flow = new Flow();
        flow.family = family;
        flow.protocol = protocol;
        flow.original.srcLow = address(family, 1, number >>> 16);
        flow.original.dstLow = address(family, 2, 1);
        if (family == Flow.IPV6) {
            flow.original.srcHigh = flow.original.dstHigh = 0x20010db8_00000001L;
        }
        flow.original.l4Src = number & 0xffff;
        flow.original.l4Dst = 443;
        switch (protocol) {
            case Flow.ICMP -> flow.original.l4Dst = 8 << 8;
            case Flow.ICMPV6 -> flow.original.l4Dst = 128 << 8;
            case Flow.TCP, Flow.UDP, Flow.UDPLITE, Flow.SCTP -> {}
            case Flow.GRE -> {
                flow.original.l4Src = 0;
                flow.original.l4Dst = 0;
                flow.original.srcLow += number & 0xffff;
            }
            default -> {
                flow.original.l4Src = flow.original.l4Dst = 0;
                flow.original.srcLow += number & 0xffff;
            }
        }
        Tuples.invert(protocol, flow.original, flow.reply);
        flow.status = STREAM;
        flow.timeout = 600;
        flow.mark = 0x80000001 + number;
        flow.present = Flow.HAS_REPLY | Flow.HAS_STATUS | Flow.HAS_TIMEOUT | Flow.HAS_MARK;
        protocolState(flow, number);
        return flow;
    }

    private static void protocolState(Flow flow, int number) {
        if (flow.protocol == Flow.TCP) {
            flow.present |= Flow.HAS_TCP;
            flow.tcpState = 3;
            flow.tcpFlagsOriginal = WINDOW_SCALE_AND_SACK;
            flow.tcpFlagsReply = WINDOW_SCALE_AND_SACK;
            flow.tcpWindowScaleOriginal = 7;
            flow.tcpWindowScaleReply = 9;
        } else if (flow.protocol == Flow.SCTP) {
            flow.present |= Flow.HAS_SCTP;
            flow.sctpState = 4;
            flow.sctpVtagOriginal = 0xf0000000 + number;
            flow.sctpVtagReply = 0x0a0b0c0d;
        }
    }

    /** Makes {@code flow} source NATed: to another address and, where there is one, another port or id. */
    static Flow snat(Flow flow) {
        Tuple reply = flow.reply;
        reply.dstLow = address(flow.family, 3, 1);
        if (isIcmp(flow)) {
            reply.l4Src = flow.original.l4Src ^ 0x1000;
        } else if (hasPorts(flow)) {
            reply.l4Dst = flow.original.l4Src ^ 0x1000;
        }
        flow.status |= Flow.IPS_SRC_NAT;
        return flow;
    }

    /** Makes {@code flow} destination NATed likewise. */
    static Flow dnat(Flow flow) {
        Tuple reply = flow.reply;
        reply.srcLow = address(flow.family, 4, 1);
        if (isIcmp(flow)) {
            reply.l4Src = flow.original.l4Src ^ 0x1000;
        } else if (hasPorts(flow)) {
            reply.l4Src = 8443;
        }
        flow.status |= Flow.IPS_DST_NAT;
        return flow;
    }

    static boolean isIcmp(Flow flow) {
        return flow.protocol == Flow.ICMP || flow.protocol == Flow.ICMPV6;
    }

    static boolean hasPorts(Flow flow) {
        return switch (flow.protocol) {
            case Flow.TCP, Flow.UDP, Flow.UDPLITE, Flow.SCTP -> true;
            default -> false;
        };
    }

    private static long address(int family, int network, int host) {
        return family == Flow.IPV6
                ? ((long) network << 32) | ((host + 1L) << 16)
                : ((10L << 24) | ((long) network << 20)) + (((long) host << 16) | 1);
    }

    /** A flow in words, for assertion messages and comparison: all that a restore must bring back. */
    static String describe(Flow flow) {
        String text = "family " + flow.family + " protocol " + flow.protocol + " original " + tuple(flow.original)
                + " reply " + tuple(flow.reply) + " zones " + flow.zone + "/" + flow.zoneOriginal + "/" + flow.zoneReply
                + " nat " + (flow.status & (Flow.IPS_SRC_NAT | Flow.IPS_DST_NAT))
                + " status " + (flow.status & STREAM) + " mark " + flow.mark;
        if (flow.protocol == Flow.TCP) {
            text += " tcp " + flow.tcpState + " flags " + flow.tcpFlagsOriginal + "/" + flow.tcpFlagsReply + " scale "
                    + flow.tcpWindowScaleOriginal + "/" + flow.tcpWindowScaleReply;
        }
        if (flow.protocol == Flow.SCTP) {
            text += " sctp " + flow.sctpState + " vtags " + flow.sctpVtagOriginal + "/" + flow.sctpVtagReply;
        }
        return text;
    }

    private static String tuple(Tuple tuple) {
        return "%016x%016x:%d>%016x%016x:%d"
                .formatted(tuple.srcHigh, tuple.srcLow, tuple.l4Src, tuple.dstHigh, tuple.dstLow, tuple.l4Dst);
    }
}
