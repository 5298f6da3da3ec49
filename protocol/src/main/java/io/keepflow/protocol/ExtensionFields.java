package io.keepflow.protocol;

import com.google.protobuf.WireFormat;

/** The fields of a delta that only few flows have, from number 30 on. A group that is all zero is the same as none. */
final class ExtensionFields {
    private int seen;

    /** Before the fields of each delta; the last one may have ended in the middle. */
    void begin(Flow flow) {
        if (seen != 0) {
            flow.extensions.clear();
            seen = 0;
        }
    }

    /** Reads one field, or skips one that a later build has added. */
    void read(WireReader in, int tag, Flow flow) throws MalformedFrameException {
        Extensions to = flow.extensions;
        int field = WireFormat.getTagFieldNumber(tag);
        switch (field) {
            case 30 -> helper(in, tag, to.helper);
            case 31 -> to.masterProtocol = Fields.bounded(in, tag, 255, "master_protocol");
            case 32 -> to.master.srcLow = Fields.fixed32(in, tag) & 0xffffffffL;
            case 33 -> to.master.dstLow = Fields.fixed32(in, tag) & 0xffffffffL;
            case 34 -> Fields.unpack(Fields.fixed32(in, tag), to.master);
            case 35 -> to.master.srcHigh = Fields.fixed64(in, tag);
            case 36 -> to.master.srcLow = Fields.fixed64(in, tag);
            case 37 -> to.master.dstHigh = Fields.fixed64(in, tag);
            case 38 -> to.master.dstLow = Fields.fixed64(in, tag);
            case 39 -> to.seqOriginal.position = Fields.fixed32(in, tag);
            case 40 -> to.seqOriginal.before = Fields.zigzag(in, tag);
            case 41 -> to.seqOriginal.after = Fields.zigzag(in, tag);
            case 42 -> to.seqReply.position = Fields.fixed32(in, tag);
            case 43 -> to.seqReply.before = Fields.zigzag(in, tag);
            case 44 -> to.seqReply.after = Fields.zigzag(in, tag);
            case 45 -> to.synproxyIsn = Fields.fixed32(in, tag);
            case 46 -> to.synproxyIts = Fields.fixed32(in, tag);
            case 47 -> to.synproxyTsoff = Fields.fixed32(in, tag);
            case 48 -> to.labelsHigh = Fields.fixed64(in, tag);
            case 49 -> to.labelsLow = Fields.fixed64(in, tag);
            default -> in.skip(tag);
        }
        seen |= group(field);
    }

    private static int group(int field) {
        if (field < 30 || field > 49) {
            return 0;
        }
        if (field == 30) {
            return Flow.HAS_HELPER;
        }
        if (field <= 38) {
            return Flow.HAS_MASTER;
        }
        if (field <= 44) {
            return Flow.HAS_SEQ_ADJUST;
        }
        return field <= 47 ? Flow.HAS_SYNPROXY : Flow.HAS_LABELS;
    }

    /** After the last field: says what the flow has, and checks it. An end has nothing. */
    void complete(Flow flow, boolean gone) throws MalformedFrameException {
        if (seen == 0) {
            return;
        }
        Tuple master = flow.extensions.master;
        boolean fitsIpv4 = (master.srcHigh | master.dstHigh | master.srcLow >>> 32 | master.dstLow >>> 32) == 0;
        if (flow.family == Flow.IPV4 && !fitsIpv4) {
            throw new MalformedFrameException("IPv4 delta with an IPv6 master");
        }
        if (gone) {
            flow.extensions.clear();
        } else {
            flow.present |= seen;
        }
    }

    private static void helper(WireReader in, int tag, HelperName name) throws MalformedFrameException {
        Fields.expect(tag, WireFormat.WIRETYPE_LENGTH_DELIMITED);
        int length = in.length();
        boolean ok = length > 0 && length <= HelperName.MAX_LENGTH;
        name.clear();
        for (int i = 0; i < length && ok; i++) {
            ok = name.append(in.raw());
        }
        if (!ok) {
            throw new MalformedFrameException(
                    "helper is no name of 1 to " + HelperName.MAX_LENGTH + " printable characters");
        }
    }

    static void write(WireWriter out, Flow flow) {
        Extensions from = flow.extensions;
        if (flow.has(Flow.HAS_HELPER)) {
            out.delimited(30, from.helper.length());
            for (int i = 0; i < from.helper.length(); i++) {
                out.raw(from.helper.at(i));
            }
        }
        if (flow.has(Flow.HAS_MASTER)) {
            writeMaster(out, flow.family, from);
        }
        if (flow.has(Flow.HAS_SEQ_ADJUST)) {
            writeSeqAdjust(out, 39, from.seqOriginal);
            writeSeqAdjust(out, 42, from.seqReply);
        }
        if (flow.has(Flow.HAS_SYNPROXY)) {
            out.fixed32(45, from.synproxyIsn);
            out.fixed32(46, from.synproxyIts);
            out.fixed32(47, from.synproxyTsoff);
        }
        if (flow.has(Flow.HAS_LABELS)) {
            out.fixed64(48, from.labelsHigh);
            out.fixed64(49, from.labelsLow);
        }
    }

    private static void writeMaster(WireWriter out, int family, Extensions from) {
        Tuple master = from.master;
        out.uint(31, from.masterProtocol);
        if (family == Flow.IPV6) {
            out.fixed64(35, master.srcHigh);
            out.fixed64(36, master.srcLow);
            out.fixed64(37, master.dstHigh);
            out.fixed64(38, master.dstLow);
        } else {
            out.fixed32(32, (int) master.srcLow);
            out.fixed32(33, (int) master.dstLow);
        }
        out.fixed32(34, master.l4Src << 16 | master.l4Dst);
    }

    private static void writeSeqAdjust(WireWriter out, int first, SeqAdjust from) {
        out.fixed32(first, from.position);
        out.sint(first + 1, from.before);
        out.sint(first + 2, from.after);
    }
}
