package io.keepflow.node.capture;

import io.keepflow.protocol.Flow;

/** Kernel events are partial: what one carries replaces what is known, the rest stays. */
final class FlowMerge {
    private FlowMerge() {}

    /**
     * Lays {@code event} over {@code known}; true if anything but timeout and kernel id differs afterwards. A dump shows what is
     * left of a timeout, not its length, so the longer one stays.
     */
    static boolean into(Flow known, Flow event, boolean isDump) {
        boolean changed = false;
        if (event.has(Flow.HAS_REPLY)) {
            changed |= !known.reply.sameAs(event.reply) || known.zoneReply != event.zoneReply;
            known.reply.set(event.reply);
            known.zoneReply = event.zoneReply;
        }
        if (event.has(Flow.HAS_STATUS)) {
            changed |= known.status != event.status;
            known.status = event.status;
        }
        if (event.has(Flow.HAS_TIMEOUT)) {
            known.timeout = isDump ? Math.max(known.timeout, event.timeout) : event.timeout;
        }
        if (event.has(Flow.HAS_MARK)) {
            changed |= known.mark != event.mark;
            known.mark = event.mark;
        }
        if (event.has(Flow.HAS_TCP)) {
            changed |= tcp(known, event);
        }
        if (event.has(Flow.HAS_SCTP)) {
            changed |= sctp(known, event);
        }
        if (event.isExtended() || (isDump && known.isExtended())) {
            changed |= ExtensionMerge.into(known, event, isDump);
        }
        known.present |= event.present;
        return changed;
    }

    /** Whether the kernel's entry has everything that an injection could give it, but for what {@link ExtensionMerge} knows. */
    static boolean isCopy(Flow known, Flow entry) {
        int once = Flow.IPS_SEEN_REPLY | Flow.IPS_ASSURED;
        return known.reply.sameAs(entry.reply)
                && ((known.status ^ entry.status) & once) == 0
                && known.mark == entry.mark
                && (!known.isExtended() || ExtensionMerge.isCopy(known, entry))
                && (!known.has(Flow.HAS_TCP) || !entry.has(Flow.HAS_TCP) || known.tcpState == entry.tcpState);
    }

    private static boolean tcp(Flow known, Flow event) {
        boolean changed = known.tcpState != event.tcpState
                || known.tcpFlagsOriginal != event.tcpFlagsOriginal
                || known.tcpFlagsReply != event.tcpFlagsReply
                || known.tcpWindowScaleOriginal != event.tcpWindowScaleOriginal
                || known.tcpWindowScaleReply != event.tcpWindowScaleReply;
        known.tcpState = event.tcpState;
        known.tcpFlagsOriginal = event.tcpFlagsOriginal;
        known.tcpFlagsReply = event.tcpFlagsReply;
        known.tcpWindowScaleOriginal = event.tcpWindowScaleOriginal;
        known.tcpWindowScaleReply = event.tcpWindowScaleReply;
        return changed;
    }

    private static boolean sctp(Flow known, Flow event) {
        boolean changed = known.sctpState != event.sctpState
                || known.sctpVtagOriginal != event.sctpVtagOriginal
                || known.sctpVtagReply != event.sctpVtagReply;
        known.sctpState = event.sctpState;
        known.sctpVtagOriginal = event.sctpVtagOriginal;
        known.sctpVtagReply = event.sctpVtagReply;
        return changed;
    }
}
