package io.keepflow.node.cluster;

import io.keepflow.protocol.Flow;
import io.keepflow.protocol.Tuple;
import io.keepflow.protocol.Tuples;

/** Flows by number, and as text for comparisons. */
final class FlowTexts {
    static final int ESTABLISHED = Flow.IPS_SEEN_REPLY | Flow.IPS_ASSURED | Flow.IPS_CONFIRMED;

    private FlowTexts() {}

    static Flow tcp(int number) {
        Flow flow = plain(Flow.TCP, number);
        flow.status = ESTABLISHED;
        flow.timeout = 432_000;
        flow.tcpState = 3;
        flow.present |= Flow.HAS_TCP;
        return flow;
    }

    /** The same of a flow that has little in common with its neighbours, so that they cannot make each other short on the link. */
    static Flow varied(int number) {
        Flow flow = tcp(number);
        int hash = number * 0x9e3779b9;
        flow.original.dstLow = 0x08000000L + (hash >>> 8);
        Tuples.invert(flow.protocol, flow.original, flow.reply);
        flow.timeout -= hash >>> 16;
        flow.mark = ~hash;
        flow.present |= Flow.HAS_MARK;
        return flow;
    }

    static Flow udp(int number, int timeout) {
        Flow flow = plain(Flow.UDP, number);
        flow.status = Flow.IPS_CONFIRMED;
        flow.timeout = timeout;
        return flow;
    }

    /** The same with its source translated to an address and port that this number gives. */
    static Flow snatted(Flow flow, int number) {
        flow.reply.dstLow = 0xcb007100L + (number >>> 16);
        flow.reply.l4Dst = number & 0xffff;
        flow.status |= Flow.IPS_SRC_NAT;
        return flow;
    }

    private static Flow plain(int protocol, int number) {
        Flow flow = new Flow();
        flow.family = Flow.IPV4;
        flow.protocol = protocol;
        flow.original.srcLow = 0x0a000000L + number;
        flow.original.dstLow = 0x08080808L;
        flow.original.l4Src = 1024 + (number & 0x7fff);
        flow.original.l4Dst = 443;
        Tuples.invert(protocol, flow.original, flow.reply);
        flow.present = Flow.HAS_REPLY | Flow.HAS_STATUS | Flow.HAS_TIMEOUT | Flow.HAS_MARK;
        return flow;
    }

    static String identity(Flow flow) {
        return flow.family + " " + flow.protocol + " " + text(flow.original) + " zone " + flow.zone + " "
                + flow.zoneOriginal;
    }

    /** A number for the identity, quicker than the text. */
    static long identityHash(Flow flow) {
        long hash = flow.original.srcLow * 31 + flow.original.dstLow;
        hash = hash * 0x9e3779b97f4a7c15L + flow.original.l4Src * 65_537L + flow.original.l4Dst;
        return hash * 0x9e3779b97f4a7c15L + flow.protocol * 65_537L + flow.zone * 31L + flow.zoneOriginal;
    }

    /** Everything that a standby's kernel must have as the owner's has it, but the time left, and a master that has ended. */
    static String state(Flow flow) {
        return identity(flow) + " / " + text(flow.reply) + " status " + Integer.toHexString(flow.status) + " mark "
                + flow.mark + " tcp " + flow.tcpState
                + (flow.has(Flow.HAS_HELPER) ? " helper " + flow.extensions.helper : "")
                + (flow.has(Flow.HAS_SEQ_ADJUST) ? " adjusted by " + flow.extensions.seqOriginal.after : "");
    }

    /** The identity of the flow's master. */
    static String master(Flow flow) {
        return flow.family + " " + flow.extensions.masterProtocol + " " + text(flow.extensions.master) + " zone "
                + flow.zone + " " + flow.zoneOriginal;
    }

    /** The flow with a helper. */
    static Flow helped(Flow flow, String helper) {
        if (!flow.extensions.helper.set(helper)) {
            throw new IllegalArgumentException(helper);
        }
        flow.present |= Flow.HAS_HELPER;
        return flow;
    }

    /** The flow as one that {@code master} expected. */
    static Flow related(Flow flow, Flow master) {
        flow.extensions.master.set(master.original);
        flow.extensions.masterProtocol = master.protocol;
        flow.present |= Flow.HAS_MASTER;
        return flow;
    }

    /** The flow after its helper has made something that was said so much longer. */
    static Flow adjusted(Flow flow, int longer) {
        flow.extensions.seqOriginal.position++;
        flow.extensions.seqOriginal.before = flow.extensions.seqOriginal.after;
        flow.extensions.seqOriginal.after += longer;
        flow.present |= Flow.HAS_SEQ_ADJUST;
        return flow;
    }

    static String reply(Flow flow) {
        return flow.family + " " + flow.protocol + " " + text(flow.reply);
    }

    private static String text(Tuple tuple) {
        return Long.toHexString(tuple.srcHigh) + "." + Long.toHexString(tuple.srcLow) + ":" + tuple.l4Src + ">"
                + Long.toHexString(tuple.dstHigh) + "." + Long.toHexString(tuple.dstLow) + ":" + tuple.l4Dst;
    }
}
