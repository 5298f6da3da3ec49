package io.keepflow.node.cli;

import io.keepflow.node.notation.ConntrackNames;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.v1.FlowMaster;
import io.keepflow.protocol.v1.FlowRow;
import java.util.List;
import java.util.StringJoiner;
import java.util.stream.Collectors;

/** One row of the table of flows. */
record FlowCells(
        String protocol,
        String state,
        String source,
        String destination,
        String nat,
        String expires,
        String owner,
        String flags) {
    static final int PROTOCOL = 0;
    static final int STATE = 1;
    static final int EXPIRES = 5;
    static final int OWNER = 6;
    static final int FLAGS = 7;

    static final String NOTHING = "-";

    static final FlowCells HEADER =
            new FlowCells("PROTO", "STATE", "SOURCE", "DESTINATION", "TRANSLATED TO", "EXPIRES", "OWNER", "FLAGS");

    private static final int MAX_OWNER = 16;

    static FlowCells of(FlowRow flow) {
        String name = ConntrackNames.protocol(flow.getProtocol());
        return new FlowCells(
                name == null ? Integer.toString(flow.getProtocol()) : name,
                flow.hasState() ? ConntrackNames.state(flow.getProtocol(), flow.getState()) : NOTHING,
                end(flow, flow.getOrigSrc(), flow.getOrigL4Src(), true),
                end(flow, flow.getOrigDst(), flow.getOrigL4Dst(), false),
                translation(flow),
                Integer.toUnsignedString(flow.getTimeout()) + "s",
                flow.getOwner().isEmpty() ? NOTHING : Amounts.fit(flow.getOwner(), MAX_OWNER),
                flags(flow));
    }

    List<String> all() {
        return List.of(protocol, state, source, destination, nat, expires, owner, flags);
    }

    /** All in one line, without what there is not. */
    String line() {
        StringJoiner line = new StringJoiner("  ");
        line.add(protocol);
        for (String cell : List.of(state, source + " > " + destination)) {
            if (!cell.equals(NOTHING)) {
                line.add(cell);
            }
        }
        if (!nat.equals(NOTHING)) {
            line.add("nat " + nat);
        }
        line.add(owner.equals(NOTHING) || owner.equals("unowned") ? "unowned" : "of " + owner);
        if (!flags.equals(NOTHING)) {
            line.add(flags);
        }
        return line.toString();
    }

    int[] widths() {
        return all().stream().mapToInt(String::length).toArray();
    }

    /** Where the packets of the original direction really come from and go to, as far as that differs from what they say. */
    private static String translation(FlowRow flow) {
        StringJoiner parts = new StringJoiner(" ");
        boolean hasPorts = ConntrackNames.hasPorts(flow.getProtocol());
        boolean echo = flow.getProtocol() == Flow.ICMP || flow.getProtocol() == Flow.ICMPV6;
        int sourceNow = echo ? flow.getReplyL4Src() : flow.getReplyL4Dst();
        boolean l4SourceMoved = (hasPorts || echo) && sourceNow != flow.getOrigL4Src();
        if (!flow.getReplyDst().equals(flow.getOrigSrc()) || l4SourceMoved) {
            parts.add("src " + end(flow, flow.getReplyDst(), sourceNow, true));
        }
        boolean l4DestinationMoved = hasPorts && flow.getReplyL4Src() != flow.getOrigL4Dst();
        if (!flow.getReplySrc().equals(flow.getOrigDst()) || l4DestinationMoved) {
            int destinationNow = hasPorts ? flow.getReplyL4Src() : flow.getOrigL4Dst();
            parts.add("dst " + end(flow, flow.getReplySrc(), destinationNow, false));
        }
        return parts.length() == 0 ? NOTHING : parts.toString();
    }

    private static String end(FlowRow flow, String address, int l4, boolean source) {
        if (ConntrackNames.hasPorts(flow.getProtocol())) {
            return flow.getFamily() == Flow.IPV4 ? address + ":" + l4 : "[" + address + "]:" + l4;
        }
        return switch (flow.getProtocol()) {
            case Flow.ICMP, Flow.ICMPV6 -> address + (source ? " id " + l4 : " type " + (l4 >>> 8 & 0xff));
            case Flow.GRE -> address + " key 0x" + Integer.toHexString(l4);
            default -> address;
        };
    }

    private static String flags(FlowRow flow) {
        StringJoiner flags = new StringJoiner(" ");
        int status = flow.getStatus();
        if ((status & Flow.IPS_SEEN_REPLY) == 0) {
            flags.add("unreplied");
        }
        if ((status & Flow.IPS_ASSURED) != 0) {
            flags.add("assured");
        }
        if ((status & (Flow.IPS_OFFLOAD | Flow.IPS_HW_OFFLOAD)) != 0) {
            flags.add("offload");
        }
        if (flow.getMark() != 0) {
            flags.add("mark=" + Integer.toUnsignedString(flow.getMark()));
        }
        extensions(flags, flow);
        zone(flags, "zone=", flow.getZone());
        zone(flags, "zone-orig=", flow.getZoneOrig());
        zone(flags, "zone-reply=", flow.getZoneReply());
        if (!flow.getInKernel()) {
            flags.add("not-in-kernel");
        }
        return flags.length() == 0 ? NOTHING : flags.toString();
    }

    private static void extensions(StringJoiner flags, FlowRow flow) {
        if (!flow.getHelper().isEmpty()) {
            flags.add("helper=" + flow.getHelper());
        }
        if (flow.hasMaster()) {
            flags.add("related-to=" + end(flow, flow.getMaster().getSrc(), flow.getMaster()));
        }
        if (flow.getSeqOrigOffset() != 0 || flow.getSeqReplyOffset() != 0) {
            flags.add("seq=%+d/%+d".formatted(flow.getSeqOrigOffset(), flow.getSeqReplyOffset()));
        }
        if (flow.getSynproxy()) {
            flags.add("synproxy");
        }
        if (flow.getLabelsCount() > 0) {
            flags.add("labels="
                    + flow.getLabelsList().stream().map(String::valueOf).collect(Collectors.joining(",")));
        }
    }

    /** The source of a master, which tells it from others. */
    private static String end(FlowRow flow, String address, FlowMaster master) {
        if (!ConntrackNames.hasPorts(master.getProtocol())) {
            return address;
        }
        return (flow.getFamily() == Flow.IPV4 ? address : "[" + address + "]") + ":" + master.getL4Src();
    }

    private static void zone(StringJoiner flags, String name, int zone) {
        if (zone != 0) {
            flags.add(name + zone);
        }
    }
}
