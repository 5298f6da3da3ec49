package io.keepflow.node.api;

import io.keepflow.node.notation.ConntrackNames;
import io.keepflow.node.notation.Prefix;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.v1.FlowsRequest;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A request for flows, compiled: tells whether a flow is asked for. Immutable; allocates nothing while it matches. */
public final class FlowFilter {
    private static final int ANY = -1;

    private final FlowsRequest request;
    private final int family;
    private final int protocol;
    private final @Nullable Prefix origSrc;
    private final @Nullable Prefix origDst;
    private final @Nullable Prefix replySrc;
    private final @Nullable Prefix replyDst;
    private final int origSport;
    private final int origDport;
    private final int markMask;
    private final int mark;
    private final int zone;
    private final int tcpState;
    private final int sctpState;

    private FlowFilter(FlowsRequest request) {
        this.request = request;
        family = family(request.getFamily());
        protocol = request.hasProtocol() ? range("protocol", request.getProtocol(), 255) : ANY;
        origSrc = prefix(request.getOrigSrc());
        origDst = prefix(request.getOrigDst());
        replySrc = prefix(request.getReplySrc());
        replyDst = prefix(request.getReplyDst());
        origSport = request.hasOrigSport() ? range("source port", request.getOrigSport(), 65_535) : ANY;
        origDport = request.hasOrigDport() ? range("destination port", request.getOrigDport(), 65_535) : ANY;
        boolean wholeMark = request.getMarkMask() == 0;
        markMask = request.hasMark() ? (wholeMark ? -1 : request.getMarkMask()) : 0;
        mark = request.getMark() & markMask;
        zone = request.hasZone() ? range("zone", request.getZone(), 65_535) : ANY;
        tcpState = state(request.getState(), ConntrackNames.TCP_STATES.indexOf(upper(request.getState())));
        sctpState = state(request.getState(), ConntrackNames.SCTP_STATES.indexOf(upper(request.getState())));
        if (!request.getState().isEmpty() && tcpState == ANY && sctpState == ANY) {
            throw new IllegalArgumentException("\"" + request.getState() + "\" is no state of TCP ("
                    + String.join(", ", ConntrackNames.TCP_STATES) + ") or SCTP");
        }
    }

    /**
     * Compiles a request.
     *
     * @throws IllegalArgumentException with the reason when the request asks for what cannot be
     */
    public static FlowFilter of(FlowsRequest request) {
        return new FlowFilter(request);
    }

    /** Most flows that the request wants; {@code Integer.MAX_VALUE} for all. */
    public int limit() {
        int limit = request.getLimit();
        return limit == 0 || limit < 0 ? Integer.MAX_VALUE : limit;
    }

    /** Whether flows of this owner are asked for. */
    public boolean matchesOwner(String owner) {
        return request.getOwner().isEmpty() || request.getOwner().equals(owner);
    }

    /** Whether the flow is asked for, whoever owns it. */
    public boolean matches(Flow flow) {
        return (family == 0 || flow.family == family)
                && (protocol == ANY || flow.protocol == protocol)
                && matchesAddresses(flow)
                && matchesPorts(flow)
                && ((flow.has(Flow.HAS_MARK) ? flow.mark : 0) & markMask) == mark
                && (zone == ANY || (flow.zone != 0 ? flow.zone : flow.zoneOriginal) == zone)
                && matchesState(flow)
                && matchesStatus(flow.status);
    }

    private boolean matchesAddresses(Flow flow) {
        return (origSrc == null || origSrc.matches(flow.family, flow.original.srcHigh, flow.original.srcLow))
                && (origDst == null || origDst.matches(flow.family, flow.original.dstHigh, flow.original.dstLow))
                && (replySrc == null || replySrc.matches(flow.family, flow.reply.srcHigh, flow.reply.srcLow))
                && (replyDst == null || replyDst.matches(flow.family, flow.reply.dstHigh, flow.reply.dstLow));
    }

    private boolean matchesPorts(Flow flow) {
        if (origSport == ANY && origDport == ANY) {
            return true;
        }
        return ConntrackNames.hasPorts(flow.protocol)
                && (origSport == ANY || flow.original.l4Src == origSport)
                && (origDport == ANY || flow.original.l4Dst == origDport);
    }

    private boolean matchesState(Flow flow) {
        if (tcpState == ANY && sctpState == ANY) {
            return true;
        }
        return (flow.protocol == Flow.TCP && flow.has(Flow.HAS_TCP) && flow.tcpState == tcpState)
                || (flow.protocol == Flow.SCTP && flow.has(Flow.HAS_SCTP) && flow.sctpState == sctpState);
    }

    private boolean matchesStatus(int status) {
        boolean srcNat = (status & Flow.IPS_SRC_NAT) != 0;
        boolean dstNat = (status & Flow.IPS_DST_NAT) != 0;
        return (status & request.getStatusSet()) == request.getStatusSet()
                && (status & request.getStatusClear()) == 0
                && (!request.getSrcNat() || srcNat)
                && (!request.getDstNat() || dstNat)
                && (!request.getAnyNat() || srcNat || dstNat);
    }

    private static int state(String name, int index) {
        return name.isEmpty() ? ANY : index;
    }

    private static String upper(String text) {
        return text.toUpperCase(Locale.ROOT);
    }

    private static int family(int family) {
        if (family != 0 && family != Flow.IPV4 && family != Flow.IPV6) {
            throw new IllegalArgumentException(
                    "address family " + Integer.toUnsignedString(family) + " is neither AF_INET (2) nor AF_INET6 (10)");
        }
        return family;
    }

    private @Nullable Prefix prefix(String text) {
        if (text.isEmpty()) {
            return null;
        }
        Prefix prefix = Prefix.parse(text);
        if (family != 0 && prefix.family() != family) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is not of the family that is asked for: leave the family out, or the address");
        }
        return prefix;
    }

    private static int range(String what, int value, int max) {
        if (value < 0 || value > max) {
            throw new IllegalArgumentException(
                    what + " " + Integer.toUnsignedString(value) + " is not a number from 0 to " + max);
        }
        return value;
    }
}
