package io.keepflow.protocol;

/**
 * What Keepflow knows of one conntrack entry: a mutable flyweight that decoders fill and encoders read, never shared between
 * threads. Plain fields on purpose: one instance per stage is reused for every event.
 *
 * <p>Kernel events are partial, so {@link #present} says which groups of fields the last decoding set. Identity ({@link
 * #family}, {@link #protocol}, {@link #original} and the zones) is always set.
 */
public final class Flow {
    /** {@code AF_INET} and {@code AF_INET6}, linux/socket.h. */
    public static final int IPV4 = 2;

    public static final int IPV6 = 10;

    /** {@code IPPROTO_*}, linux/in.h. */
    public static final int ICMP = 1;

    public static final int TCP = 6;
    public static final int UDP = 17;
    public static final int GRE = 47;
    public static final int ICMPV6 = 58;
    public static final int SCTP = 132;
    public static final int UDPLITE = 136;

    /** {@code IPS_*}, linux/netfilter/nf_conntrack_common.h. */
    public static final int IPS_EXPECTED = 1;

    public static final int IPS_SEEN_REPLY = 1 << 1;
    public static final int IPS_ASSURED = 1 << 2;
    public static final int IPS_CONFIRMED = 1 << 3;
    public static final int IPS_SRC_NAT = 1 << 4;
    public static final int IPS_DST_NAT = 1 << 5;
    public static final int IPS_SEQ_ADJUST = 1 << 6;
    public static final int IPS_SRC_NAT_DONE = 1 << 7;
    public static final int IPS_DST_NAT_DONE = 1 << 8;
    public static final int IPS_DYING = 1 << 9;
    public static final int IPS_FIXED_TIMEOUT = 1 << 10;
    public static final int IPS_TEMPLATE = 1 << 11;
    public static final int IPS_HELPER = 1 << 13;
    public static final int IPS_OFFLOAD = 1 << 14;
    public static final int IPS_HW_OFFLOAD = 1 << 15;

    /** Groups of fields, for {@link #present}. */
    public static final int HAS_REPLY = 1;

    public static final int HAS_STATUS = 1 << 1;
    public static final int HAS_TIMEOUT = 1 << 2;
    public static final int HAS_MARK = 1 << 3;
    public static final int HAS_TCP = 1 << 4;
    public static final int HAS_SCTP = 1 << 5;
    public static final int HAS_ID = 1 << 6;
    public static final int HAS_HELPER = 1 << 8;
    public static final int HAS_MASTER = 1 << 9;
    public static final int HAS_SEQ_ADJUST = 1 << 10;
    public static final int HAS_SYNPROXY = 1 << 11;
    public static final int HAS_LABELS = 1 << 12;

    /** The groups that are kept in {@link #extensions}. */
    public static final int HAS_EXTENSIONS = HAS_HELPER | HAS_MASTER | HAS_SEQ_ADJUST | HAS_SYNPROXY | HAS_LABELS;

    /** Which groups ({@code HAS_*}) are set. */
    public int present;

    /** {@link #IPV4} or {@link #IPV6}. */
    public int family;

    /** IP protocol number, 0 to 255. */
    public int protocol;

    public final Tuple original = new Tuple();

    /** The reply tuple as the kernel shows it: after NAT. */
    public final Tuple reply = new Tuple();

    /** Conntrack zone of both directions ({@code CTA_ZONE}), or 0. */
    public int zone;

    /** Conntrack zone of the original direction only ({@code CTA_TUPLE_ZONE} in the original tuple), or 0. */
    public int zoneOriginal;

    /** Conntrack zone of the reply direction only ({@code CTA_TUPLE_ZONE} in the reply tuple), or 0. */
    public int zoneReply;

    /** {@code IPS_*} bits. */
    public int status;

    /** Seconds that the entry had left when the kernel reported it. */
    public int timeout;

    /** Packet mark ({@code CTA_MARK}), unsigned 32 bit. */
    public int mark;

    /** {@code enum tcp_conntrack}, linux/netfilter/nf_conntrack_tcp.h: 0 NONE, 1 SYN_SENT … 3 ESTABLISHED … 9 SYN_SENT2. */
    public int tcpState;

    /** {@code IP_CT_TCP_FLAG_*} seen in the original and in the reply direction. */
    public int tcpFlagsOriginal;

    public int tcpFlagsReply;

    /** Window scale of either direction, 0 to 14. */
    public int tcpWindowScaleOriginal;

    public int tcpWindowScaleReply;

    /** {@code enum sctp_conntrack}, linux/netfilter/nf_conntrack_sctp.h. */
    public int sctpState;

    public int sctpVtagOriginal;
    public int sctpVtagReply;

    /** What only few flows have. */
    public final Extensions extensions = new Extensions();

    /** The kernel's own id of the entry ({@code CTA_ID}); differs between nodes and is never replicated. */
    public int kernelId;

    public boolean has(int groups) {
        return (present & groups) == groups;
    }

    /** Whether the flow has anything that only few have. */
    public boolean isExtended() {
        return (present & HAS_EXTENSIONS) != 0;
    }

    public boolean isNatted() {
        return (status & (IPS_SRC_NAT | IPS_DST_NAT)) != 0;
    }

    public void clear() {
        if (isExtended()) {
            extensions.clear();
        }
        present = 0;
        family = protocol = 0;
        original.clear();
        reply.clear();
        zone = zoneOriginal = zoneReply = 0;
        status = timeout = mark = 0;
        tcpState = tcpFlagsOriginal = tcpFlagsReply = tcpWindowScaleOriginal = tcpWindowScaleReply = 0;
        sctpState = sctpVtagOriginal = sctpVtagReply = 0;
        kernelId = 0;
    }

    /** Makes this a copy of {@code other}. */
    public void set(Flow other) {
        if (isExtended() || other.isExtended()) {
            extensions.set(other.extensions);
        }
        present = other.present;
        family = other.family;
        protocol = other.protocol;
        original.set(other.original);
        reply.set(other.reply);
        zone = other.zone;
        zoneOriginal = other.zoneOriginal;
        zoneReply = other.zoneReply;
        status = other.status;
        timeout = other.timeout;
        mark = other.mark;
        tcpState = other.tcpState;
        tcpFlagsOriginal = other.tcpFlagsOriginal;
        tcpFlagsReply = other.tcpFlagsReply;
        tcpWindowScaleOriginal = other.tcpWindowScaleOriginal;
        tcpWindowScaleReply = other.tcpWindowScaleReply;
        sctpState = other.sctpState;
        sctpVtagOriginal = other.sctpVtagOriginal;
        sctpVtagReply = other.sctpVtagReply;
        kernelId = other.kernelId;
    }
}
