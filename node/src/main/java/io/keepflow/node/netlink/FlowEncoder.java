package io.keepflow.node.netlink;

import static io.keepflow.node.netlink.Ctnetlink.*;

import io.keepflow.protocol.Flow;
import io.keepflow.protocol.Tuple;
import io.keepflow.protocol.Tuples;
import java.lang.foreign.MemorySegment;

/** Writes ctnetlink requests about one {@link Flow}. Knows what the kernel refuses, and leaves it out. */
final class FlowEncoder {
    /** No request is longer: the longest is a NATed IPv6 flow with everything (some 660 bytes). */
    static final int MAX_REQUEST_BYTES = 768;

    /** What a request may set; EXPECTED (but see update) and DYING answer EBUSY, HELPER would claim a helper, the others are the kernel's own. */
    private static final int STATUS_MASK =
            Flow.IPS_SEEN_REPLY | Flow.IPS_ASSURED | Flow.IPS_CONFIRMED | Flow.IPS_FIXED_TIMEOUT;

    /**
     * The flags that survive a change of kernel. The others speak of packets that this kernel has not seen: restored,
     * {@code MAXACK_SET} without its ACK number makes valid RSTs invalid.
     */
    private static final int TCP_FLAGS_MASK = IP_CT_TCP_FLAG_WINDOW_SCALE
            | IP_CT_TCP_FLAG_SACK_PERM
            | IP_CT_TCP_FLAG_CLOSE_INIT
            | IP_CT_TCP_FLAG_BE_LIBERAL
            | IP_CT_TCP_SIMULTANEOUS_OPEN;

    private final MessageWriter out;
    private final ExtensionEncoder extensions;
    private final Tuple replySent = new Tuple();

    /** Writes into {@code memory}, and of the labels those that {@code labelMask} lets through. */
    FlowEncoder(MemorySegment memory, LabelMask labelMask) {
        this.out = new MessageWriter(memory);
        this.extensions = new ExtensionEncoder(out, labelMask);
    }

    /** Each method writes a message at {@code offset} and returns where the next one may start. */
    long create(long offset, int sequence, Flow flow, int timeoutSeconds) {
        int flags = Netlink.NLM_F_REQUEST | Netlink.NLM_F_CREATE | Netlink.NLM_F_EXCL;
        out.begin(offset, IPCTNL_MSG_CT_NEW, flags, sequence, flow.family);
        tuple(CTA_TUPLE_ORIG, flow, flow.original, flow.zoneOriginal);
        tuple(CTA_TUPLE_REPLY, flow, replyBeforeNat(flow), flow.zoneReply);
        zone(flow);
        out.be32(CTA_TIMEOUT, timeoutSeconds);
        status(flow, flow.protocol == Flow.GRE ? Flow.IPS_FIXED_TIMEOUT : 0);
        protoinfo(flow);
        mark(flow);
        if (flow.isNatted()) {
            nat(flow);
        }
        if (flow.isExtended()) {
            extensions.helper(flow);
            extensions.changeable(flow);
            master(flow);
        }
        return out.end();
    }

    long update(long offset, int sequence, Flow flow, int timeoutSeconds, boolean withProtoinfo) {
        out.begin(offset, IPCTNL_MSG_CT_NEW, Netlink.NLM_F_REQUEST, sequence, flow.family);
        tuple(CTA_TUPLE_ORIG, flow, flow.original, flow.zoneOriginal);
        zone(flow);
        if (!hasFixedTimeout(flow)) {
            out.be32(CTA_TIMEOUT, timeoutSeconds);
        }
        if (flow.has(Flow.HAS_STATUS)) {
            // The kernel answers EBUSY unless this bit is as it is, which is: there is a master.
            status(flow, flow.has(Flow.HAS_MASTER) ? Flow.IPS_EXPECTED : 0);
        }
        if (withProtoinfo) {
            protoinfo(flow);
        }
        mark(flow);
        if (flow.isExtended()) {
            extensions.changeable(flow);
        }
        return out.end();
    }

    long refresh(long offset, int sequence, Flow flow, int timeoutSeconds) {
        out.begin(offset, IPCTNL_MSG_CT_NEW, Netlink.NLM_F_REQUEST, sequence, flow.family);
        tuple(CTA_TUPLE_ORIG, flow, flow.original, flow.zoneOriginal);
        zone(flow);
        out.be32(CTA_TIMEOUT, timeoutSeconds);
        return out.end();
    }

    /** Asks for one entry. */
    long get(long offset, int sequence, Flow flow) {
        out.begin(offset, IPCTNL_MSG_CT_GET, Netlink.NLM_F_REQUEST, sequence, flow.family);
        tuple(CTA_TUPLE_ORIG, flow, flow.original, flow.zoneOriginal);
        zone(flow);
        return out.end();
    }

    long delete(long offset, int sequence, Flow flow) {
        out.begin(offset, IPCTNL_MSG_CT_DELETE, Netlink.NLM_F_REQUEST, sequence, flow.family);
        tuple(CTA_TUPLE_ORIG, flow, flow.original, flow.zoneOriginal);
        zone(flow);
        return out.end();
    }

    long deleteByReply(long offset, int sequence, Flow flow) {
        out.begin(offset, IPCTNL_MSG_CT_DELETE, Netlink.NLM_F_REQUEST, sequence, flow.family);
        tuple(CTA_TUPLE_REPLY, flow, flow.reply, flow.zoneReply);
        zone(flow);
        return out.end();
    }

    /**
     * The reply tuple that the kernel has to be given: before NAT, which {@link #nat} then applies. The tuple that it shows,
     * after NAT, would be taken for an untranslated flow's.
     */
    private Tuple replyBeforeNat(Flow flow) {
        if (!flow.isNatted()) {
            return flow.reply;
        }
        Tuples.invert(flow.protocol, flow.original, replySent);
        if (flow.protocol == Flow.GRE) {
            // The kernel changes call keys of a PPTP master's flows only; given from the start they are translated too.
            replySent.l4Src = flow.reply.l4Src;
            replySent.l4Dst = flow.reply.l4Dst;
        }
        return replySent;
    }

    /** Its zone is the flow's: the kernel takes none in this tuple. */
    private void master(Flow flow) {
        if (flow.has(Flow.HAS_MASTER)) {
            tuple(CTA_TUPLE_MASTER, flow.family, flow.extensions.masterProtocol, flow.extensions.master, 0);
        }
    }

    private void tuple(int type, Flow flow, Tuple tuple, int zone) {
        tuple(type, flow.family, flow.protocol, tuple, zone);
    }

    private void tuple(int type, int family, int protocol, Tuple tuple, int zone) {
        long nested = out.beginNested(type);
        long ip = out.beginNested(CTA_TUPLE_IP);
        if (family == Flow.IPV6) {
            out.be128(CTA_IP_V6_SRC, tuple.srcHigh, tuple.srcLow);
            out.be128(CTA_IP_V6_DST, tuple.dstHigh, tuple.dstLow);
        } else {
            out.be32(CTA_IP_V4_SRC, (int) tuple.srcLow);
            out.be32(CTA_IP_V4_DST, (int) tuple.dstLow);
        }
        out.endNested(ip);
        long proto = out.beginNested(CTA_TUPLE_PROTO);
        out.u8(CTA_PROTO_NUM, protocol);
        l4(protocol, tuple);
        out.endNested(proto);
        if (zone != 0) {
            out.be16(CTA_TUPLE_ZONE, zone);
        }
        out.endNested(nested);
    }

    private void l4(int protocol, Tuple tuple) {
        switch (protocol) {
            case Flow.TCP, Flow.UDP, Flow.UDPLITE, Flow.SCTP, Flow.GRE -> {
                out.be16(CTA_PROTO_SRC_PORT, tuple.l4Src);
                out.be16(CTA_PROTO_DST_PORT, tuple.l4Dst);
            }
            case Flow.ICMP -> {
                out.be16(CTA_PROTO_ICMP_ID, tuple.l4Src);
                out.u8(CTA_PROTO_ICMP_TYPE, tuple.l4Dst >>> 8);
                out.u8(CTA_PROTO_ICMP_CODE, tuple.l4Dst & 0xff);
            }
            case Flow.ICMPV6 -> {
                out.be16(CTA_PROTO_ICMPV6_ID, tuple.l4Src);
                out.u8(CTA_PROTO_ICMPV6_TYPE, tuple.l4Dst >>> 8);
                out.u8(CTA_PROTO_ICMPV6_CODE, tuple.l4Dst & 0xff);
            }
            default -> {}
        }
    }

    private void zone(Flow flow) {
        if (flow.zone != 0) {
            out.be16(CTA_ZONE, flow.zone);
        }
    }

    /**
     * The kernel remembers in each GRE entry how long packets prolong it; a request cannot say, so the first packet would end a
     * restored entry at once. It does not if the timeout is fixed.
     */
    private static boolean hasFixedTimeout(Flow flow) {
        return flow.protocol == Flow.GRE || (flow.status & Flow.IPS_FIXED_TIMEOUT) != 0;
    }

    private void status(Flow flow, int more) {
        out.be32(CTA_STATUS, (flow.status & STATUS_MASK) | Flow.IPS_CONFIRMED | more);
    }

    private void mark(Flow flow) {
        if (flow.has(Flow.HAS_MARK)) {
            out.be32(CTA_MARK, flow.mark);
        }
    }

    private void protoinfo(Flow flow) {
        // What a flow table forwards is established, though the kernel does not show it.
        boolean isOffloaded = (flow.status & Flow.IPS_OFFLOAD) != 0;
        if (flow.protocol == Flow.TCP && (flow.has(Flow.HAS_TCP) || isOffloaded)) {
            long protoinfo = out.beginNested(CTA_PROTOINFO);
            tcp(flow);
            out.endNested(protoinfo);
        } else if (flow.protocol == Flow.SCTP && flow.has(Flow.HAS_SCTP)) {
            long protoinfo = out.beginNested(CTA_PROTOINFO);
            sctp(flow);
            out.endNested(protoinfo);
        }
    }

    /** Without both window scales the kernel would take good segments for out-of-window ones, so it is told to be liberal. */
    private void tcp(Flow flow) {
        int both = flow.tcpFlagsOriginal & flow.tcpFlagsReply;
        int liberal = (both & IP_CT_TCP_FLAG_WINDOW_SCALE) != 0 ? 0 : IP_CT_TCP_FLAG_BE_LIBERAL;
        long tcp = out.beginNested(CTA_PROTOINFO_TCP);
        out.u8(CTA_PROTOINFO_TCP_STATE, flow.has(Flow.HAS_TCP) ? flow.tcpState : TCP_CONNTRACK_ESTABLISHED);
        out.u8(CTA_PROTOINFO_TCP_WSCALE_ORIGINAL, flow.tcpWindowScaleOriginal);
        out.u8(CTA_PROTOINFO_TCP_WSCALE_REPLY, flow.tcpWindowScaleReply);
        out.bytes(CTA_PROTOINFO_TCP_FLAGS_ORIGINAL, flow.tcpFlagsOriginal | liberal, TCP_FLAGS_MASK);
        out.bytes(CTA_PROTOINFO_TCP_FLAGS_REPLY, flow.tcpFlagsReply | liberal, TCP_FLAGS_MASK);
        out.endNested(tcp);
    }

    private void sctp(Flow flow) {
        long sctp = out.beginNested(CTA_PROTOINFO_SCTP);
        out.u8(CTA_PROTOINFO_SCTP_STATE, flow.sctpState);
        out.be32(CTA_PROTOINFO_SCTP_VTAG_ORIGINAL, flow.sctpVtagOriginal);
        out.be32(CTA_PROTOINFO_SCTP_VTAG_REPLY, flow.sctpVtagReply);
        out.endNested(sctp);
    }

    /**
     * Both directions, always exact: left to itself, the kernel would answer a clash with a port of its own choice. A
     * direction whose range is what the tuple has anyway is not translated. An ICMP id is one field for both directions: the
     * source translation changes it, or, where there is none, the destination translation.
     */
    private void nat(Flow flow) {
        Tuple reply = flow.reply;
        boolean icmp = flow.protocol == Flow.ICMP || flow.protocol == Flow.ICMPV6;
        boolean idBySource = icmp && (flow.status & Flow.IPS_SRC_NAT) != 0;
        range(CTA_NAT_DST, flow, reply.srcHigh, reply.srcLow, idBySource ? flow.original.l4Src : reply.l4Src);
        range(CTA_NAT_SRC, flow, reply.dstHigh, reply.dstLow, icmp ? reply.l4Src : reply.l4Dst);
    }

    private void range(int type, Flow flow, long high, long low, int l4) {
        long nat = out.beginNested(type);
        if (flow.family == Flow.IPV6) {
            out.be128(CTA_NAT_V6_MINIP, high, low);
        } else {
            out.be32(CTA_NAT_V4_MINIP, (int) low);
        }
        if (hasTranslatedL4(flow.protocol)) {
            long proto = out.beginNested(CTA_NAT_PROTO);
            out.be16(CTA_PROTONAT_PORT_MIN, l4);
            out.endNested(proto);
        }
        out.endNested(nat);
    }

    private static boolean hasTranslatedL4(int protocol) {
        return switch (protocol) {
            case Flow.TCP, Flow.UDP, Flow.UDPLITE, Flow.SCTP, Flow.ICMP, Flow.ICMPV6 -> true;
            default -> false;
        };
    }
}
