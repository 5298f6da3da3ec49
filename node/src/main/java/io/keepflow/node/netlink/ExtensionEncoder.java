package io.keepflow.node.netlink;

import static io.keepflow.node.netlink.Ctnetlink.*;

import io.keepflow.protocol.Extensions;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.SeqAdjust;

/** Writes the attributes that only few flows have. */
final class ExtensionEncoder {
    private final MessageWriter out;
    private final LabelMask labelMask;

    ExtensionEncoder(MessageWriter out, LabelMask labelMask) {
        this.out = out;
        this.labelMask = labelMask;
    }

    /** What a create may set and an update may not: the helper. The master is a tuple and not written here. */
    void helper(Flow flow) {
        if (flow.has(Flow.HAS_HELPER)) {
            long help = out.beginNested(CTA_HELP);
            out.name(CTA_HELP_NAME, flow.extensions.helper);
            out.endNested(help);
        }
    }

    /** What both may set. */
    void changeable(Flow flow) {
        Extensions from = flow.extensions;
        if (flow.has(Flow.HAS_SEQ_ADJUST)) {
            seqAdjust(CTA_SEQ_ADJ_ORIG, from.seqOriginal);
            seqAdjust(CTA_SEQ_ADJ_REPLY, from.seqReply);
        }
        if (flow.has(Flow.HAS_SYNPROXY)) {
            long synproxy = out.beginNested(CTA_SYNPROXY);
            out.be32(CTA_SYNPROXY_ISN, from.synproxyIsn);
            out.be32(CTA_SYNPROXY_ITS, from.synproxyIts);
            out.be32(CTA_SYNPROXY_TSOFF, from.synproxyTsoff);
            out.endNested(synproxy);
        }
        if (flow.has(Flow.HAS_LABELS) && !labelMask.isNone()) {
            out.be128(CTA_LABELS, from.labelsHigh & labelMask.high(), from.labelsLow & labelMask.low());
            out.be128(CTA_LABELS_MASK, labelMask.high(), labelMask.low());
        }
    }

    /** The kernel wants all three, and marks the flow as adjusted whatever they are. */
    private void seqAdjust(int type, SeqAdjust from) {
        long adjust = out.beginNested(type);
        out.be32(CTA_SEQADJ_CORRECTION_POS, from.position);
        out.be32(CTA_SEQADJ_OFFSET_BEFORE, from.before);
        out.be32(CTA_SEQADJ_OFFSET_AFTER, from.after);
        out.endNested(adjust);
    }
}
