package io.keepflow.node.netlink;

import io.keepflow.protocol.Flow;
import io.keepflow.protocol.Tuple;

/** What the reply to a tuple looks like where nothing translates it: the kernel's {@code nf_ct_invert_tuple}. */
final class TupleInversion {
    private TupleInversion() {}

    /** Makes {@code reply} the plain reply to {@code original}. */
    static void invert(int protocol, Tuple original, Tuple reply) {
        reply.srcHigh = original.dstHigh;
        reply.srcLow = original.dstLow;
        reply.dstHigh = original.srcHigh;
        reply.dstLow = original.srcLow;
        switch (protocol) {
            case Flow.ICMP -> icmp(original, reply, icmpReply(original.l4Dst >>> 8));
            case Flow.ICMPV6 -> icmp(original, reply, icmpv6Reply(original.l4Dst >>> 8));
            default -> {
                reply.l4Src = original.l4Dst;
                reply.l4Dst = original.l4Src;
            }
        }
    }

    private static void icmp(Tuple original, Tuple reply, int replyType) {
        reply.l4Src = original.l4Src;
        reply.l4Dst = (replyType << 8) | (original.l4Dst & 0xff);
    }

    /** linux/icmp.h: echo, timestamp, information and address mask; anything else has no reply and is left as it is. */
    private static int icmpReply(int type) {
        return switch (type) {
            case 8 -> 0;
            case 0 -> 8;
            case 13 -> 14;
            case 14 -> 13;
            case 15 -> 16;
            case 16 -> 15;
            case 17 -> 18;
            case 18 -> 17;
            default -> type;
        };
    }

    /** linux/icmpv6.h: echo and node information. */
    private static int icmpv6Reply(int type) {
        return switch (type) {
            case 128 -> 129;
            case 129 -> 128;
            case 139 -> 140;
            case 140 -> 139;
            default -> type;
        };
    }
}
