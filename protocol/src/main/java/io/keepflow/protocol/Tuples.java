package io.keepflow.protocol;

/** The kernel's rule for the reply tuple of a flow that is not translated ({@code nf_ct_invert_tuple}). */
public final class Tuples {
    private Tuples() {}

    /** Writes the inversion of {@code tuple} into {@code into}. */
    public static void invert(int protocol, Tuple tuple, Tuple into) {
        into.srcHigh = tuple.dstHigh;
        into.srcLow = tuple.dstLow;
        into.dstHigh = tuple.srcHigh;
        into.dstLow = tuple.srcLow;
        if (protocol == Flow.ICMP || protocol == Flow.ICMPV6) {
            into.l4Src = tuple.l4Src;
            into.l4Dst = invertedType(protocol, tuple.l4Dst >>> 8) << 8 | (tuple.l4Dst & 0xff);
        } else {
            into.l4Src = tuple.l4Dst;
            into.l4Dst = tuple.l4Src;
        }
    }

    /** Whether the flow's reply tuple is its original tuple inverted. */
    public static boolean isPlainReply(Flow flow) {
        Tuple o = flow.original;
        Tuple r = flow.reply;
        if (r.srcHigh != o.dstHigh || r.srcLow != o.dstLow || r.dstHigh != o.srcHigh || r.dstLow != o.srcLow) {
            return false;
        }
        if (flow.protocol == Flow.ICMP || flow.protocol == Flow.ICMPV6) {
            return r.l4Src == o.l4Src
                    && r.l4Dst == (invertedType(flow.protocol, o.l4Dst >>> 8) << 8 | (o.l4Dst & 0xff));
        }
        return r.l4Src == o.l4Dst && r.l4Dst == o.l4Src;
    }

    /** The type that answers an ICMP type (nf_conntrack_proto_icmp.c, nf_conntrack_proto_icmpv6.c); others stay. */
    private static int invertedType(int protocol, int type) {
        if (protocol == Flow.ICMP) {
            return switch (type) {
                case 8 -> 0; // echo
                case 0 -> 8;
                case 13 -> 14; // timestamp
                case 14 -> 13;
                case 15 -> 16; // information
                case 16 -> 15;
                case 17 -> 18; // address mask
                case 18 -> 17;
                default -> type;
            };
        }
        return switch (type) {
            case 128 -> 129; // echo
            case 129 -> 128;
            case 139 -> 140; // node information
            case 140 -> 139;
            default -> type;
        };
    }
}
