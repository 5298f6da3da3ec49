package io.keepflow.node.cli;

import io.keepflow.node.notation.ConntrackNames;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.v1.FlowRow;
import java.io.IOException;
import java.io.Writer;
import org.jspecify.annotations.Nullable;

/**
 * One line per flow as {@code conntrack -L -o extended} prints it (libnetfilter_conntrack, conntrack/snprintf_default.c),
 * but for {@code use=}: that is a reference count inside one kernel.
 */
final class ConntrackOutput implements FlowOutput {
    private final Writer out;

    ConntrackOutput(Writer out) {
        this.out = out;
    }

    @Override
    public void accept(FlowRow flow) throws IOException {
        out.write(line(flow));
        out.write('\n');
    }

    @Override
    public void finish() {
        // Every line was whole; there is no end mark.
    }

    static String line(FlowRow flow) {
        StringBuilder line = new StringBuilder(256);
        boolean ipv4 = flow.getFamily() == Flow.IPV4;
        line.append(ipv4 ? "ipv4     2 " : "ipv6     10 ");
        String name = ConntrackNames.protocol(flow.getProtocol());
        line.append("%-8s %d ".formatted(name == null ? "unknown" : name, flow.getProtocol()));
        // An offloaded entry has no timeout of its own.
        if ((flow.getStatus() & Flow.IPS_OFFLOAD) == 0) {
            line.append(Integer.toUnsignedString(flow.getTimeout())).append(' ');
        }
        if (flow.hasState()) {
            line.append(ConntrackNames.state(flow.getProtocol(), flow.getState()))
                    .append(' ');
        }
        direction(line, flow, true);
        if (flow.getZoneOrig() != 0) {
            line.append("zone-orig=").append(flow.getZoneOrig()).append(' ');
        }
        if ((flow.getStatus() & Flow.IPS_SEEN_REPLY) == 0) {
            line.append("[UNREPLIED] ");
        }
        direction(line, flow, false);
        if (flow.getZoneReply() != 0) {
            line.append("zone-reply=").append(flow.getZoneReply()).append(' ');
        }
        String mark = statusMark(flow.getStatus());
        if (mark != null) {
            line.append(mark).append(' ');
        }
        line.append("mark=").append(Integer.toUnsignedString(flow.getMark()));
        if (flow.getZone() != 0) {
            line.append(" zone=").append(flow.getZone());
        }
        if (!flow.getHelper().isEmpty()) {
            line.append(" helper=").append(flow.getHelper());
        }
        return line.toString();
    }

    private static @Nullable String statusMark(int status) {
        if ((status & Flow.IPS_HW_OFFLOAD) != 0) {
            return "[HW_OFFLOAD]";
        }
        if ((status & Flow.IPS_OFFLOAD) != 0) {
            return "[OFFLOAD]";
        }
        return (status & Flow.IPS_ASSURED) != 0 ? "[ASSURED]" : null;
    }

    private static void direction(StringBuilder line, FlowRow flow, boolean original) {
        line.append("src=").append(original ? flow.getOrigSrc() : flow.getReplySrc());
        line.append(" dst=").append(original ? flow.getOrigDst() : flow.getReplyDst());
        int l4Src = original ? flow.getOrigL4Src() : flow.getReplyL4Src();
        int l4Dst = original ? flow.getOrigL4Dst() : flow.getReplyL4Dst();
        line.append(
                switch (flow.getProtocol()) {
                    case Flow.TCP, Flow.UDP, Flow.UDPLITE, Flow.SCTP -> " sport=" + l4Src + " dport=" + l4Dst + " ";
                    case Flow.GRE -> " srckey=0x%x dstkey=0x%x ".formatted(l4Src, l4Dst);
                    case Flow.ICMP, Flow.ICMPV6 ->
                        " type=" + (l4Dst >>> 8 & 0xff) + " code=" + (l4Dst & 0xff) + " id=" + l4Src + " ";
                    default -> " ";
                });
    }
}
