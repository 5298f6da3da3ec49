package io.keepflow.protocol.testkit;

import io.keepflow.protocol.Extensions;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.SeqAdjust;
import io.keepflow.protocol.Tuple;
import io.keepflow.protocol.Tuples;
import java.util.Random;

/** Whole flows as a kernel could report them, and flows as text to compare. */
public final class FlowSamples {
    private static final int OSPF = 89;
    private static final int[] PROTOCOLS = {
        Flow.TCP, Flow.UDP, Flow.UDPLITE, Flow.SCTP, Flow.GRE, Flow.ICMP, Flow.ICMPV6, OSPF, 0, 255
    };
    private static final int[] ICMP_TYPES = {0, 8, 13, 14, 15, 16, 17, 18, 3, 255};
    private static final int[] ICMPV6_TYPES = {128, 129, 139, 140, 1, 255};

    private static final String[] HELPERS = {
        "ftp", "sip", "tftp-69", "Q.931", "netbios-ns", "eight-by", "fifteen-letters"
    };

    private FlowSamples() {}

    /** Any flow: every protocol and family, zones, with and without NAT and protocol state. */
    public static Flow random(Random random) {
        Flow flow = new Flow();
        flow.protocol = PROTOCOLS[random.nextInt(PROTOCOLS.length)];
        flow.family = random.nextBoolean() ? Flow.IPV4 : Flow.IPV6;
        tuple(random, flow, flow.original);
        Tuples.invert(flow.protocol, flow.original, flow.reply);
        if (random.nextBoolean()) {
            tuple(random, flow, flow.reply);
        }
        flow.zone = zone(random);
        flow.zoneOriginal = zone(random);
        flow.zoneReply = zone(random);
        flow.status = random.nextInt();
        flow.timeout = random.nextInt() & Integer.MAX_VALUE;
        flow.mark = random.nextInt(3) == 0 ? 0 : random.nextInt();
        flow.present = Flow.HAS_REPLY | Flow.HAS_STATUS | Flow.HAS_TIMEOUT | Flow.HAS_MARK;
        if (random.nextInt(4) != 0) {
            protocolState(random, flow);
        }
        if (random.nextInt(3) == 0) {
            extensions(random, flow);
        }
        return flow;
    }

    /** An established TCP connection over IPv4, source NATed, different for each {@code number} from 0 to 65,535. */
    public static Flow snatted(int number) {
        Flow flow = new Flow();
        flow.family = Flow.IPV4;
        flow.protocol = Flow.TCP;
        flow.original.srcLow = 0x0a010002;
        flow.original.dstLow = 0x0a020002;
        flow.original.l4Src = number;
        flow.original.l4Dst = 443;
        Tuples.invert(flow.protocol, flow.original, flow.reply);
        flow.reply.dstLow = 0x0a0200fe;
        flow.status = Flow.IPS_SEEN_REPLY
                | Flow.IPS_ASSURED
                | Flow.IPS_CONFIRMED
                | Flow.IPS_SRC_NAT
                | Flow.IPS_SRC_NAT_DONE
                | Flow.IPS_DST_NAT_DONE;
        flow.timeout = 432_000;
        flow.mark = 7;
        flow.tcpState = 3;
        flow.tcpFlagsOriginal = flow.tcpFlagsReply = 3;
        flow.tcpWindowScaleOriginal = 7;
        flow.tcpWindowScaleReply = 9;
        flow.present = Flow.HAS_REPLY | Flow.HAS_STATUS | Flow.HAS_TIMEOUT | Flow.HAS_MARK | Flow.HAS_TCP;
        return flow;
    }

    /** A UDP conversation over IPv4 without NAT, different for each {@code number}. */
    public static Flow udp(int number) {
        Flow flow = new Flow();
        flow.family = Flow.IPV4;
        flow.protocol = Flow.UDP;
        flow.original.srcLow = 0x0a010000L + (number >>> 16);
        flow.original.dstLow = 0x0a020002;
        flow.original.l4Src = number & 0xffff;
        flow.original.l4Dst = 53;
        Tuples.invert(flow.protocol, flow.original, flow.reply);
        flow.status = Flow.IPS_SEEN_REPLY | Flow.IPS_CONFIRMED;
        flow.timeout = 30;
        flow.present = Flow.HAS_REPLY | Flow.HAS_STATUS | Flow.HAS_TIMEOUT | Flow.HAS_MARK;
        return flow;
    }

    public static Flow copy(Flow flow) {
        Flow copy = new Flow();
        copy.set(flow);
        return copy;
    }

    /** All that is replicated of a flow, for comparison and for messages. */
    public static String text(Flow flow) {
        return identity(flow)
                + " reply " + tuple(flow.reply) + " zone " + flow.zoneReply
                + " status " + Integer.toHexString(flow.status)
                + " timeout " + flow.timeout
                + " mark " + Integer.toHexString(flow.mark)
                + " tcp " + flow.tcpState
                + " flags " + flow.tcpFlagsOriginal + "/" + flow.tcpFlagsReply
                + " scales " + flow.tcpWindowScaleOriginal + "/" + flow.tcpWindowScaleReply
                + " sctp " + flow.sctpState
                + " vtags " + flow.sctpVtagOriginal + "/" + flow.sctpVtagReply
                + extensions(flow)
                + " has " + Integer.toBinaryString(flow.present);
    }

    /** What only few flows have, as text; empty for the others. */
    private static String extensions(Flow flow) {
        Extensions of = flow.extensions;
        return (flow.has(Flow.HAS_HELPER) ? " helper " + of.helper : "")
                + (flow.has(Flow.HAS_MASTER) ? " master " + of.masterProtocol + " " + tuple(of.master) : "")
                + (flow.has(Flow.HAS_SEQ_ADJUST) ? " seq " + text(of.seqOriginal) + "/" + text(of.seqReply) : "")
                + (flow.has(Flow.HAS_SYNPROXY)
                        ? " synproxy " + of.synproxyIsn + "/" + of.synproxyIts + "/" + of.synproxyTsoff
                        : "")
                + (flow.has(Flow.HAS_LABELS) ? " labels %x:%x".formatted(of.labelsHigh, of.labelsLow) : "");
    }

    private static String text(SeqAdjust of) {
        return of.position + ":" + of.before + ">" + of.after;
    }

    /** What tells one flow from another. */
    public static String identity(Flow flow) {
        return "family " + flow.family + " protocol " + flow.protocol + " zones " + flow.zone + "/" + flow.zoneOriginal
                + " original " + tuple(flow.original);
    }

    private static String tuple(Tuple tuple) {
        return "%x:%x:%d>%x:%x:%d"
                .formatted(tuple.srcHigh, tuple.srcLow, tuple.l4Src, tuple.dstHigh, tuple.dstLow, tuple.l4Dst);
    }

    private static void tuple(Random random, Flow flow, Tuple tuple) {
        boolean ipv6 = flow.family == Flow.IPV6;
        tuple.srcHigh = ipv6 ? random.nextLong() : 0;
        tuple.dstHigh = ipv6 ? random.nextLong() : 0;
        tuple.srcLow = ipv6 ? random.nextLong() : random.nextInt() & 0xffffffffL;
        tuple.dstLow = ipv6 ? random.nextLong() : random.nextInt() & 0xffffffffL;
        tuple.l4Src = tuple.l4Dst = 0;
        switch (flow.protocol) {
            case Flow.TCP, Flow.UDP, Flow.UDPLITE, Flow.SCTP, Flow.GRE -> {
                tuple.l4Src = random.nextInt(1 << 16);
                tuple.l4Dst = random.nextInt(1 << 16);
            }
            case Flow.ICMP -> icmp(random, tuple, ICMP_TYPES);
            case Flow.ICMPV6 -> icmp(random, tuple, ICMPV6_TYPES);
            default -> {}
        }
    }

    private static void icmp(Random random, Tuple tuple, int[] types) {
        tuple.l4Src = random.nextInt(1 << 16);
        tuple.l4Dst = types[random.nextInt(types.length)] << 8 | random.nextInt(1 << 8);
    }

    /** Any of the groups that only few flows have, none included. */
    private static void extensions(Random random, Flow flow) {
        Extensions of = flow.extensions;
        flow.present |= random.nextInt() & Flow.HAS_EXTENSIONS;
        if (flow.has(Flow.HAS_HELPER) && !of.helper.set(HELPERS[random.nextInt(HELPERS.length)])) {
            throw new AssertionError("no name of a helper");
        }
        if (flow.has(Flow.HAS_MASTER)) {
            tuple(random, flow, of.master);
            of.masterProtocol = random.nextInt(256);
            of.master.l4Src = random.nextInt(1 << 16);
        }
        if (flow.has(Flow.HAS_SEQ_ADJUST)) {
            seqAdjust(random, of.seqOriginal);
            seqAdjust(random, of.seqReply);
        }
        if (flow.has(Flow.HAS_SYNPROXY)) {
            of.synproxyIsn = random.nextInt();
            of.synproxyIts = random.nextInt();
            of.synproxyTsoff = random.nextInt();
        }
        if (flow.has(Flow.HAS_LABELS)) {
            of.labelsHigh = random.nextLong();
            of.labelsLow = random.nextLong();
        }
    }

    private static void seqAdjust(Random random, SeqAdjust to) {
        to.position = random.nextInt();
        to.before = random.nextInt();
        to.after = random.nextInt();
    }

    private static int zone(Random random) {
        return random.nextBoolean() ? 0 : random.nextInt(1 << 16);
    }

    private static void protocolState(Random random, Flow flow) {
        if (flow.protocol == Flow.TCP) {
            flow.present |= Flow.HAS_TCP;
            flow.tcpState = random.nextInt(15);
            flow.tcpFlagsOriginal = random.nextInt(256);
            flow.tcpFlagsReply = random.nextInt(256);
            flow.tcpWindowScaleOriginal = random.nextInt(15);
            flow.tcpWindowScaleReply = random.nextInt(15);
        } else if (flow.protocol == Flow.SCTP) {
            flow.present |= Flow.HAS_SCTP;
            flow.sctpState = random.nextInt(10);
            flow.sctpVtagOriginal = random.nextInt();
            flow.sctpVtagReply = random.nextInt();
        }
    }
}
