package io.keepflow.node.capture;

import io.keepflow.protocol.Extensions;
import io.keepflow.protocol.Flow;

/** The merge of what only few flows have. */
final class ExtensionMerge {
    private ExtensionMerge() {}

    /**
     * Lays what {@code event} has over {@code known}; true if something differs afterwards. An event has of it what changed; a dump
     * has all of it, so that what it lacks the entry has no more. The caller adds the groups of the event to the known ones.
     */
    static boolean into(Flow known, Flow event, boolean isDump) {
        int groups = event.present & Flow.HAS_EXTENSIONS;
        boolean changed = (groups & ~known.present) != 0;
        if (isDump) {
            changed |= lose(known, groups);
        }
        Extensions to = known.extensions;
        Extensions from = event.extensions;
        if (event.has(Flow.HAS_HELPER)) {
            changed |= !to.helper.sameAs(from.helper);
            to.helper.set(from.helper);
        }
        if (event.has(Flow.HAS_MASTER)) {
            changed |= !sameMaster(to, from);
            to.master.set(from.master);
            to.masterProtocol = from.masterProtocol;
        }
        if (event.has(Flow.HAS_SEQ_ADJUST)) {
            changed |= !sameSeqAdjust(to, from);
            to.seqOriginal.set(from.seqOriginal);
            to.seqReply.set(from.seqReply);
        }
        if (event.has(Flow.HAS_SYNPROXY)) {
            changed |= !sameSynproxy(to, from);
            to.synproxyIsn = from.synproxyIsn;
            to.synproxyIts = from.synproxyIts;
            to.synproxyTsoff = from.synproxyTsoff;
        }
        if (event.has(Flow.HAS_LABELS)) {
            changed |= !sameLabels(to, from);
            to.labelsHigh = from.labelsHigh;
            to.labelsLow = from.labelsLow;
        }
        return changed;
    }

    /** Takes the groups away that a dump does not show; labels that are gone are labels of zero, for peers are to clear them. */
    private static boolean lose(Flow known, int shown) {
        int lost = known.present & Flow.HAS_EXTENSIONS & ~shown;
        boolean cleared =
                (lost & Flow.HAS_LABELS) != 0 && (known.extensions.labelsHigh | known.extensions.labelsLow) != 0;
        if (cleared) {
            known.extensions.labelsHigh = known.extensions.labelsLow = 0;
        }
        known.present &= ~(lost & ~Flow.HAS_LABELS);
        return cleared || (lost & ~Flow.HAS_LABELS) != 0;
    }

    /** Whether there is nothing to change. An entry without any label may be one that the kernel gives no room for them. */
    static boolean isCopy(Flow known, Flow entry) {
        Extensions a = known.extensions;
        Extensions b = entry.extensions;
        return !isOnlyAdjustedThere(known, entry)
                && (!known.has(Flow.HAS_SEQ_ADJUST) || (entry.has(Flow.HAS_SEQ_ADJUST) && sameSeqAdjust(a, b)))
                && (!known.has(Flow.HAS_SYNPROXY) || (entry.has(Flow.HAS_SYNPROXY) && sameSynproxy(a, b)))
                && (!known.has(Flow.HAS_LABELS) || !entry.has(Flow.HAS_LABELS) || sameLabels(a, b));
    }

    /** Whether a helper has rewritten what went through this entry, and the other knows of nothing. No update takes that back. */
    static boolean isOnlyAdjustedThere(Flow known, Flow entry) {
        return !known.has(Flow.HAS_SEQ_ADJUST)
                && entry.has(Flow.HAS_SEQ_ADJUST)
                && !(entry.extensions.seqOriginal.isNone() && entry.extensions.seqReply.isNone());
    }

    /** The groups that only a create can give and the entry has not: helper and master. */
    static int lacking(Flow known, Flow entry) {
        Extensions a = known.extensions;
        Extensions b = entry.extensions;
        int lacks = 0;
        if (known.has(Flow.HAS_HELPER) && !(entry.has(Flow.HAS_HELPER) && a.helper.sameAs(b.helper))) {
            lacks |= Flow.HAS_HELPER;
        }
        if (known.has(Flow.HAS_MASTER) && !(entry.has(Flow.HAS_MASTER) && sameMaster(a, b))) {
            lacks |= Flow.HAS_MASTER;
        }
        return lacks;
    }

    private static boolean sameMaster(Extensions a, Extensions b) {
        return a.masterProtocol == b.masterProtocol && a.master.sameAs(b.master);
    }

    private static boolean sameSeqAdjust(Extensions a, Extensions b) {
        return a.seqOriginal.sameAs(b.seqOriginal) && a.seqReply.sameAs(b.seqReply);
    }

    private static boolean sameSynproxy(Extensions a, Extensions b) {
        return a.synproxyIsn == b.synproxyIsn && a.synproxyIts == b.synproxyIts && a.synproxyTsoff == b.synproxyTsoff;
    }

    private static boolean sameLabels(Extensions a, Extensions b) {
        return a.labelsHigh == b.labelsHigh && a.labelsLow == b.labelsLow;
    }
}
