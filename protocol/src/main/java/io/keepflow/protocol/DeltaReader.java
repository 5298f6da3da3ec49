package io.keepflow.protocol;

import com.google.protobuf.WireFormat;

/** Reads the deltas of a frame, one after the other, and checks every value. One thread. */
final class DeltaReader {
    private static final int MAX_WINDOW_SCALE = 14;

    private final DeltaContext context = new DeltaContext();
    private final ExtensionFields extensions = new ExtensionFields();
    private boolean gone;
    private int vtagOriginal;
    private int vtagReply;

    /** A frame begins. */
    void begin() {
        context.clear();
    }

    long version() {
        return context.version;
    }

    boolean isGone() {
        return gone;
    }

    /** Reads up to the limit what the next delta says of a flow. */
    void read(WireReader in, Flow flow) throws MalformedFrameException {
        flow.clear();
        extensions.begin(flow);
        gone = false;
        vtagOriginal = vtagReply = 0;
        boolean first = context.version == 0;
        context.version++;
        for (int tag = in.tag(); tag != 0; tag = in.tag()) {
            int field = WireFormat.getTagFieldNumber(tag);
            if (field == 1) {
                context.version = Fields.varint(in, tag);
                first = false;
            } else if (field <= 15) {
                usual(field, in, tag);
            } else {
                rare(field, in, tag, flow);
            }
        }
        if (first || context.version <= 0) {
            throw new MalformedFrameException("delta without a version");
        }
        identity(flow);
        if (!gone) {
            reply(flow);
            state(flow);
        }
        extensions.complete(flow, gone);
    }

    private void usual(int field, WireReader in, int tag) throws MalformedFrameException {
        switch (field) {
            case 2 -> gone = Fields.varint(in, tag) != 0;
            case 3 -> context.protocol = Fields.bounded(in, tag, 255, "protocol");
            case 4 -> context.original4.srcLow = Fields.fixed32(in, tag) & 0xffffffffL;
            case 5 -> context.original4.dstLow = Fields.fixed32(in, tag) & 0xffffffffL;
            case 6 -> context.l4Src = Fields.bounded(in, tag, 0xffff, "orig_l4src");
            case 7 -> context.l4Dst = Fields.bounded(in, tag, 0xffff, "orig_l4dst");
            case 8 -> context.hasReply = Fields.varint(in, tag) != 0;
            case 9 -> context.reply4.srcLow = Fields.fixed32(in, tag) & 0xffffffffL;
            case 10 -> context.reply4.dstLow = Fields.fixed32(in, tag) & 0xffffffffL;
            case 11 -> context.replyL4 = Fields.word(in, tag, "reply_l4");
            case 12 -> context.status = Fields.word(in, tag, "status");
            case 13 -> context.timeout = Fields.bounded(in, tag, Integer.MAX_VALUE, "timeout");
            case 14 -> context.l4State = Fields.bounded(in, tag, 32, "l4_state");
            default -> context.tcp = Fields.fixed32(in, tag);
        }
    }

    private void rare(int field, WireReader in, int tag, Flow flow) throws MalformedFrameException {
        switch (field) {
            case 16 -> context.mark = Fields.fixed32(in, tag);
            case 17 -> context.zone = Fields.bounded(in, tag, 0xffff, "zone");
            case 18 -> context.zoneOriginal = Fields.bounded(in, tag, 0xffff, "zone_orig");
            case 19 -> context.zoneReply = Fields.bounded(in, tag, 0xffff, "zone_reply");
            case 20 -> context.ipv6 = Fields.varint(in, tag) != 0;
            case 21 -> context.original6.srcHigh = Fields.fixed64(in, tag);
            case 22 -> context.original6.srcLow = Fields.fixed64(in, tag);
            case 23 -> context.original6.dstHigh = Fields.fixed64(in, tag);
            case 24 -> context.original6.dstLow = Fields.fixed64(in, tag);
            case 25 -> context.reply6.srcHigh = Fields.fixed64(in, tag);
            case 26 -> context.reply6.srcLow = Fields.fixed64(in, tag);
            case 27 -> context.reply6.dstHigh = Fields.fixed64(in, tag);
            case 28 -> context.reply6.dstLow = Fields.fixed64(in, tag);
            case 29 -> vtagOriginal = Fields.fixed32(in, tag);
            case 50 -> vtagReply = Fields.fixed32(in, tag);
            default -> extensions.read(in, tag, flow);
        }
    }

    private void identity(Flow flow) {
        flow.family = context.ipv6 ? Flow.IPV6 : Flow.IPV4;
        flow.protocol = context.protocol;
        flow.original.set(context.ipv6 ? context.original6 : context.original4);
        flow.original.l4Src = context.l4Src;
        flow.original.l4Dst = context.l4Dst;
        flow.zone = context.zone;
        flow.zoneOriginal = context.zoneOriginal;
    }

    private void reply(Flow flow) {
        int inverted = DeltaContext.invertedL4(flow.protocol, flow.original, flow.reply);
        if (context.hasReply) {
            flow.reply.set(context.ipv6 ? context.reply6 : context.reply4);
            flow.reply.l4Src = (inverted ^ context.replyL4) >>> 16;
            flow.reply.l4Dst = (inverted ^ context.replyL4) & 0xffff;
        }
        flow.zoneReply = context.zoneReply;
    }

    private void state(Flow flow) throws MalformedFrameException {
        flow.present = Flow.HAS_REPLY | Flow.HAS_STATUS | Flow.HAS_TIMEOUT | Flow.HAS_MARK;
        flow.status = context.status;
        flow.timeout = context.timeout;
        flow.mark = context.mark;
        if (context.l4State != 0 && flow.protocol == Flow.TCP) {
            tcp(flow);
        } else if (context.l4State != 0 && flow.protocol == Flow.SCTP) {
            flow.present |= Flow.HAS_SCTP;
            flow.sctpState = context.l4State - 1;
            flow.sctpVtagOriginal = vtagOriginal;
            flow.sctpVtagReply = vtagReply;
        }
    }

    private void tcp(Flow flow) throws MalformedFrameException {
        flow.present |= Flow.HAS_TCP;
        flow.tcpState = context.l4State - 1;
        flow.tcpFlagsOriginal = context.tcp >>> 24;
        flow.tcpFlagsReply = context.tcp >>> 16 & 0xff;
        flow.tcpWindowScaleOriginal = context.tcp >>> 8 & 0xff;
        flow.tcpWindowScaleReply = context.tcp & 0xff;
        if (flow.tcpWindowScaleOriginal > MAX_WINDOW_SCALE || flow.tcpWindowScaleReply > MAX_WINDOW_SCALE) {
            throw new MalformedFrameException("TCP window scale above 14 (RFC 7323)");
        }
    }
}
