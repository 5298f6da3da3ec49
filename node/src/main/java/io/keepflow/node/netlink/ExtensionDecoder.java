package io.keepflow.node.netlink;

import static io.keepflow.node.netlink.Ctnetlink.*;

import io.keepflow.protocol.Extensions;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.HelperName;
import io.keepflow.protocol.SeqAdjust;
import java.lang.foreign.MemorySegment;

/** Reads the attributes that only few flows have: helper, master, sequence adjustment, synproxy, labels. */
final class ExtensionDecoder {
    private final AttributeCursor attributes;
    private final TupleDecoder tuples;
    private final LabelMask labelMask;
    private boolean touched;

    ExtensionDecoder(AttributeCursor attributes, TupleDecoder tuples, LabelMask labelMask) {
        this.attributes = attributes;
        this.tuples = tuples;
        this.labelMask = labelMask;
    }

    /** Before each message: what the last one left goes, though it may have been malformed. */
    void start(Flow flow) {
        if (touched) {
            flow.extensions.clear();
            touched = false;
        }
    }

    /** Whether the attribute at {@code at} is one of these and well-formed, or is not one of these. */
    boolean attribute(MemorySegment memory, int type, long at, int length, Flow flow) {
        long value = at + Netlink.NLA_HDRLEN;
        long end = at + length;
        Extensions to = flow.extensions;
        touched = true;
        return switch (type) {
            case CTA_HELP -> help(memory, value, end, flow);
            case CTA_TUPLE_MASTER -> tuples.master(value, end, flow);
            case CTA_SEQ_ADJ_ORIG -> seqAdjust(memory, value, end, to.seqOriginal, flow);
            case CTA_SEQ_ADJ_REPLY -> seqAdjust(memory, value, end, to.seqReply, flow);
            case CTA_SYNPROXY -> synproxy(memory, value, end, flow);
            case CTA_LABELS -> attributes.sized(at, length, LabelMask.BYTES) && labels(memory, value, flow);
            default -> true;
        };
    }

    private boolean help(MemorySegment memory, long from, long to, Flow flow) {
        for (long at = from; at < to; ) {
            int length = attributes.length(at, to);
            if (length < 0) {
                return false;
            }
            if (attributes.type(at) == CTA_HELP_NAME && !name(memory, at, length, flow)) {
                return false;
            }
            at += Netlink.align(length);
        }
        return true;
    }

    /** Ends with a zero byte. */
    private boolean name(MemorySegment memory, long at, int length, Flow flow) {
        HelperName name = flow.extensions.helper;
        name.clear();
        for (long i = at + Netlink.NLA_HDRLEN; i < at + length; i++) {
            byte next = (byte) Words.u8(memory, i);
            if (next == 0) {
                break;
            }
            if (!name.append(next)) {
                return attributes.reject("helper's name is too long or not printable", at);
            }
        }
        if (!name.isEmpty()) {
            flow.present |= Flow.HAS_HELPER;
        }
        return true;
    }

    private boolean seqAdjust(MemorySegment memory, long from, long to, SeqAdjust into, Flow flow) {
        for (long at = from; at < to; ) {
            int length = attributes.length(at, to);
            int type = length < 0 ? 0 : attributes.type(at);
            boolean known = type >= CTA_SEQADJ_CORRECTION_POS && type <= CTA_SEQADJ_OFFSET_AFTER;
            if (length < 0 || (known && !attributes.sized(at, length, 4))) {
                return false;
            }
            if (known) {
                int value = Words.be32(memory, at + Netlink.NLA_HDRLEN);
                switch (type) {
                    case CTA_SEQADJ_CORRECTION_POS -> into.position = value;
                    case CTA_SEQADJ_OFFSET_BEFORE -> into.before = value;
                    default -> into.after = value;
                }
            }
            at += Netlink.align(length);
        }
        flow.present |= Flow.HAS_SEQ_ADJUST;
        return true;
    }

    /** The kernel shows zeroes for every flow that was made by a request. */
    private boolean synproxy(MemorySegment memory, long from, long to, Flow flow) {
        Extensions into = flow.extensions;
        for (long at = from; at < to; ) {
            int length = attributes.length(at, to);
            int type = length < 0 ? 0 : attributes.type(at);
            boolean known = type >= CTA_SYNPROXY_ISN && type <= CTA_SYNPROXY_TSOFF;
            if (length < 0 || (known && !attributes.sized(at, length, 4))) {
                return false;
            }
            if (known) {
                int value = Words.be32(memory, at + Netlink.NLA_HDRLEN);
                switch (type) {
                    case CTA_SYNPROXY_ISN -> into.synproxyIsn = value;
                    case CTA_SYNPROXY_ITS -> into.synproxyIts = value;
                    default -> into.synproxyTsoff = value;
                }
            }
            at += Netlink.align(length);
        }
        if ((into.synproxyIsn | into.synproxyIts | into.synproxyTsoff) != 0) {
            flow.present |= Flow.HAS_SYNPROXY;
        }
        return true;
    }

    private boolean labels(MemorySegment memory, long value, Flow flow) {
        Extensions into = flow.extensions;
        into.labelsHigh = Words.be64(memory, value) & labelMask.high();
        into.labelsLow = Words.be64(memory, value + 8) & labelMask.low();
        if ((into.labelsHigh | into.labelsLow) != 0) {
            flow.present |= Flow.HAS_LABELS;
        }
        return true;
    }
}
