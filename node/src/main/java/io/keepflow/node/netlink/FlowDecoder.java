package io.keepflow.node.netlink;

import static io.keepflow.node.netlink.Ctnetlink.*;

import io.keepflow.protocol.Flow;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Reads the attributes of one ctnetlink message into a {@link Flow}, in place and without allocating. Trusts no length: every
 * attribute must lie inside the one that encloses it, and one of a fixed size must have it. Unknown attributes are skipped.
 */
final class FlowDecoder {
    /** RFC 7323, section 2.3: a larger shift counts as this one. The kernel stores whatever a tool sets. */
    private static final int MAX_WINDOW_SCALE = 14;

    private final AttributeCursor attributes = new AttributeCursor();
    private final TupleDecoder tuples = new TupleDecoder(attributes);
    private final ExtensionDecoder extensions;

    /** A decoder that reads the labels that {@code labelMask} lets through. */
    FlowDecoder(LabelMask labelMask) {
        this.extensions = new ExtensionDecoder(attributes, tuples, labelMask);
    }

    /**
     * Fills {@code flow} from the attributes in {@code [from, to)}.
     *
     * @return null, or why the message is malformed
     */
    @Nullable
    String decode(MemorySegment memory, long from, long to, int family, Flow flow) {
        flow.clear();
        extensions.start(flow);
        if (family != Flow.IPV4 && family != Flow.IPV6) {
            return "nfgen_family " + family + " is neither AF_INET nor AF_INET6";
        }
        flow.family = family;
        attributes.start(memory, from - Netlink.NFGEN_HDRLEN);
        tuples.start(family);
        if (!message(memory, from, to, flow)) {
            return attributes.reason();
        }
        if (!tuples.hasOriginal()) {
            return "no CTA_TUPLE_ORIG";
        }
        // The kernel leaves a mark of 0 out.
        flow.present |= Flow.HAS_MARK;
        return null;
    }

    private boolean message(MemorySegment memory, long from, long to, Flow flow) {
        AttributeCursor in = attributes;
        for (long at = from; at < to; ) {
            int length = in.length(at, to);
            if (length < 0) {
                return false;
            }
            long value = at + Netlink.NLA_HDRLEN;
            long end = at + length;
            boolean ok = switch (in.type(at)) {
                case CTA_TUPLE_ORIG -> tuples.original(value, end, flow);
                case CTA_TUPLE_REPLY -> tuples.reply(value, end, flow);
                case CTA_PROTOINFO -> protoinfo(memory, value, end, flow);
                case CTA_STATUS, CTA_TIMEOUT, CTA_MARK, CTA_ID ->
                    in.sized(at, length, 4) && number(in.type(at), Words.be32(memory, value), flow);
                case CTA_ZONE -> in.sized(at, length, 2) && zone(Words.be16(memory, value), flow);
                case CTA_HELP, CTA_TUPLE_MASTER, CTA_SEQ_ADJ_ORIG, CTA_SEQ_ADJ_REPLY, CTA_SYNPROXY, CTA_LABELS ->
                    extensions.attribute(memory, in.type(at), at, length, flow);
                default -> true;
            };
            if (!ok) {
                return false;
            }
            at += Netlink.align(length);
        }
        return true;
    }

    private static boolean number(int type, int value, Flow flow) {
        switch (type) {
            case CTA_STATUS -> {
                flow.status = value;
                flow.present |= Flow.HAS_STATUS;
            }
            case CTA_TIMEOUT -> {
                flow.timeout = value;
                flow.present |= Flow.HAS_TIMEOUT;
            }
            case CTA_ID -> {
                flow.kernelId = value;
                flow.present |= Flow.HAS_ID;
            }
            default -> flow.mark = value;
        }
        return true;
    }

    private static boolean zone(int value, Flow flow) {
        flow.zone = value;
        return true;
    }

    private boolean protoinfo(MemorySegment memory, long from, long to, Flow flow) {
        for (long at = from; at < to; ) {
            int length = attributes.length(at, to);
            if (length < 0) {
                return false;
            }
            long value = at + Netlink.NLA_HDRLEN;
            boolean ok = switch (attributes.type(at)) {
                case CTA_PROTOINFO_TCP -> tcp(memory, value, at + length, flow);
                case CTA_PROTOINFO_SCTP -> sctp(memory, value, at + length, flow);
                default -> true;
            };
            if (!ok) {
                return false;
            }
            at += Netlink.align(length);
        }
        return true;
    }

    /** A DESTROY carries the state alone; that is too little to call it known. */
    private boolean tcp(MemorySegment memory, long from, long to, Flow flow) {
        int seen = 0;
        for (long at = from; at < to; ) {
            int length = attributes.length(at, to);
            int type = length < 0 ? 0 : attributes.type(at);
            boolean flags = type == CTA_PROTOINFO_TCP_FLAGS_ORIGINAL || type == CTA_PROTOINFO_TCP_FLAGS_REPLY;
            boolean known = type >= CTA_PROTOINFO_TCP_STATE && type <= CTA_PROTOINFO_TCP_FLAGS_REPLY;
            if (length < 0 || (known && !attributes.sized(at, length, flags ? 2 : 1))) {
                return false;
            }
            if (known) {
                tcpField(type, Words.u8(memory, at + Netlink.NLA_HDRLEN), flow);
                seen |= 1 << type;
            }
            at += Netlink.align(length);
        }
        int needed = (1 << CTA_PROTOINFO_TCP_STATE)
                | (1 << CTA_PROTOINFO_TCP_FLAGS_ORIGINAL)
                | (1 << CTA_PROTOINFO_TCP_FLAGS_REPLY);
        if ((seen & needed) == needed) {
            flow.present |= Flow.HAS_TCP;
        }
        return true;
    }

    /** The flags are a {@code struct nf_ct_tcp_flags}: flags, then a mask that says nothing here. */
    private static void tcpField(int type, int value, Flow flow) {
        switch (type) {
            case CTA_PROTOINFO_TCP_STATE -> flow.tcpState = value;
            case CTA_PROTOINFO_TCP_WSCALE_ORIGINAL -> flow.tcpWindowScaleOriginal = Math.min(value, MAX_WINDOW_SCALE);
            case CTA_PROTOINFO_TCP_WSCALE_REPLY -> flow.tcpWindowScaleReply = Math.min(value, MAX_WINDOW_SCALE);
            case CTA_PROTOINFO_TCP_FLAGS_ORIGINAL -> flow.tcpFlagsOriginal = value;
            default -> flow.tcpFlagsReply = value;
        }
    }

    private boolean sctp(MemorySegment memory, long from, long to, Flow flow) {
        int seen = 0;
        for (long at = from; at < to; ) {
            int length = attributes.length(at, to);
            if (length < 0) {
                return false;
            }
            int type = attributes.type(at);
            boolean known = type >= CTA_PROTOINFO_SCTP_STATE && type <= CTA_PROTOINFO_SCTP_VTAG_REPLY;
            if (known && !attributes.sized(at, length, type == CTA_PROTOINFO_SCTP_STATE ? 1 : 4)) {
                return false;
            }
            if (known) {
                sctpField(memory, type, at + Netlink.NLA_HDRLEN, flow);
                seen |= 1 << type;
            }
            at += Netlink.align(length);
        }
        int needed = (1 << CTA_PROTOINFO_SCTP_STATE)
                | (1 << CTA_PROTOINFO_SCTP_VTAG_ORIGINAL)
                | (1 << CTA_PROTOINFO_SCTP_VTAG_REPLY);
        if ((seen & needed) == needed) {
            flow.present |= Flow.HAS_SCTP;
        }
        return true;
    }

    private static void sctpField(MemorySegment memory, int type, long value, Flow flow) {
        switch (type) {
            case CTA_PROTOINFO_SCTP_STATE -> flow.sctpState = Words.u8(memory, value);
            case CTA_PROTOINFO_SCTP_VTAG_ORIGINAL -> flow.sctpVtagOriginal = Words.be32(memory, value);
            default -> flow.sctpVtagReply = Words.be32(memory, value);
        }
    }
}
