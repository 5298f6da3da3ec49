package io.keepflow.node.netlink;

import static io.keepflow.node.netlink.Ctnetlink.*;

import io.keepflow.protocol.Flow;
import io.keepflow.protocol.Tuple;
import java.lang.foreign.MemorySegment;

/** Reads {@code CTA_TUPLE_ORIG}, {@code _REPLY} and {@code _MASTER}, and sees to it that they are whole and agree. */
final class TupleDecoder {
    private static final int SRC = 1;
    private static final int DST = 1 << 1;
    private static final int NUM = 1 << 2;
    private static final int L4_SRC = 1 << 3;
    private static final int L4_DST = 1 << 4;
    private static final int ICMP_TYPE = 1 << 5;
    private static final int ICMP_CODE = 1 << 6;

    private final AttributeCursor attributes;
    private int family;
    private int protocol;
    private int protocolOriginal;
    private int zone;
    private int seen;

    TupleDecoder(AttributeCursor attributes) {
        this.attributes = attributes;
    }

    void start(int family) {
        this.family = family;
        protocolOriginal = -1;
    }

    boolean hasOriginal() {
        return protocolOriginal >= 0;
    }

    boolean original(long from, long to, Flow flow) {
        if (!tuple(from, to, flow.original)) {
            return false;
        }
        if (flow.has(Flow.HAS_REPLY) && flow.protocol != protocol) {
            return attributes.reject("the tuples have protocols " + flow.protocol + " and " + protocol, from);
        }
        flow.protocol = protocolOriginal = protocol;
        flow.zoneOriginal = zone;
        return true;
    }

    boolean reply(long from, long to, Flow flow) {
        if (!tuple(from, to, flow.reply)) {
            return false;
        }
        if (hasOriginal() && flow.protocol != protocol) {
            return attributes.reject("the tuples have protocols " + flow.protocol + " and " + protocol, from);
        }
        flow.protocol = protocol;
        flow.zoneReply = zone;
        flow.present |= Flow.HAS_REPLY;
        return true;
    }

    /** A tuple that belongs to no flow, as an expectation's; {@link #protocol()} is its protocol. */
    boolean single(long from, long to, Tuple into) {
        return tuple(from, to, into);
    }

    int protocol() {
        return protocol;
    }

    boolean master(long from, long to, Flow flow) {
        if (!tuple(from, to, flow.extensions.master)) {
            return false;
        }
        flow.extensions.masterProtocol = protocol;
        flow.present |= Flow.HAS_MASTER;
        return true;
    }

    private boolean tuple(long from, long to, Tuple tuple) {
        tuple.clear();
        seen = 0;
        zone = 0;
        MemorySegment memory = attributes.memory();
        for (long at = from; at < to; ) {
            int length = attributes.length(at, to);
            if (length < 0) {
                return false;
            }
            long value = at + Netlink.NLA_HDRLEN;
            boolean ok = switch (attributes.type(at)) {
                case CTA_TUPLE_IP -> addresses(memory, value, at + length, tuple);
                case CTA_TUPLE_PROTO -> protocol(memory, value, at + length, tuple);
                case CTA_TUPLE_ZONE -> attributes.sized(at, length, 2) && zone(Words.be16(memory, value));
                default -> true;
            };
            if (!ok) {
                return false;
            }
            at += Netlink.align(length);
        }
        return isWhole(from);
    }

    private boolean zone(int value) {
        zone = value;
        return true;
    }

    private boolean isWhole(long from) {
        if ((seen & (SRC | DST | NUM)) != (SRC | DST | NUM)) {
            return attributes.reject("tuple without addresses or protocol", from);
        }
        int needed = switch (protocol) {
            case Flow.TCP, Flow.UDP, Flow.UDPLITE, Flow.SCTP, Flow.GRE -> L4_SRC | L4_DST;
            case Flow.ICMP, Flow.ICMPV6 -> L4_SRC | ICMP_TYPE | ICMP_CODE;
            default -> 0;
        };
        if ((seen & needed) != needed) {
            return attributes.reject("tuple of protocol " + protocol + " without its ports or ICMP fields", from);
        }
        return true;
    }

    private boolean addresses(MemorySegment memory, long from, long to, Tuple tuple) {
        for (long at = from; at < to; ) {
            int length = attributes.length(at, to);
            if (length < 0) {
                return false;
            }
            int type = attributes.type(at);
            if (type >= CTA_IP_V4_SRC && type <= CTA_IP_V6_DST && !address(memory, type, at, length, tuple)) {
                return false;
            }
            at += Netlink.align(length);
        }
        return true;
    }

    private boolean address(MemorySegment memory, int type, long at, int length, Tuple tuple) {
        boolean v6 = type >= CTA_IP_V6_SRC;
        if (v6 != (family == Flow.IPV6)) {
            return attributes.reject("address of the other family", at);
        }
        if (!attributes.sized(at, length, v6 ? 16 : 4)) {
            return false;
        }
        long value = at + Netlink.NLA_HDRLEN;
        long high = v6 ? Words.be64(memory, value) : 0;
        long low = v6 ? Words.be64(memory, value + 8) : Integer.toUnsignedLong(Words.be32(memory, value));
        if (type == CTA_IP_V4_SRC || type == CTA_IP_V6_SRC) {
            tuple.srcHigh = high;
            tuple.srcLow = low;
            seen |= SRC;
        } else {
            tuple.dstHigh = high;
            tuple.dstLow = low;
            seen |= DST;
        }
        return true;
    }

    private boolean protocol(MemorySegment memory, long from, long to, Tuple tuple) {
        for (long at = from; at < to; ) {
            int length = attributes.length(at, to);
            if (length < 0) {
                return false;
            }
            long value = at + Netlink.NLA_HDRLEN;
            switch (attributes.type(at)) {
                case CTA_PROTO_NUM,
                        CTA_PROTO_ICMP_TYPE,
                        CTA_PROTO_ICMP_CODE,
                        CTA_PROTO_ICMPV6_TYPE,
                        CTA_PROTO_ICMPV6_CODE -> {
                    if (!attributes.sized(at, length, 1)) {
                        return false;
                    }
                    byteField(attributes.type(at), Words.u8(memory, value), tuple);
                }
                case CTA_PROTO_SRC_PORT, CTA_PROTO_DST_PORT, CTA_PROTO_ICMP_ID, CTA_PROTO_ICMPV6_ID -> {
                    if (!attributes.sized(at, length, 2)) {
                        return false;
                    }
                    shortField(attributes.type(at), Words.be16(memory, value), tuple);
                }
                default -> {}
            }
            at += Netlink.align(length);
        }
        return true;
    }

    private void byteField(int type, int value, Tuple tuple) {
        switch (type) {
            case CTA_PROTO_NUM -> {
                protocol = value;
                seen |= NUM;
            }
            case CTA_PROTO_ICMP_TYPE, CTA_PROTO_ICMPV6_TYPE -> {
                tuple.l4Dst = (tuple.l4Dst & 0xff) | (value << 8);
                seen |= ICMP_TYPE;
            }
            default -> {
                tuple.l4Dst = (tuple.l4Dst & 0xff00) | value;
                seen |= ICMP_CODE;
            }
        }
    }

    private void shortField(int type, int value, Tuple tuple) {
        if (type == CTA_PROTO_DST_PORT) {
            tuple.l4Dst = value;
            seen |= L4_DST;
        } else {
            tuple.l4Src = value;
            seen |= L4_SRC;
        }
    }
}
