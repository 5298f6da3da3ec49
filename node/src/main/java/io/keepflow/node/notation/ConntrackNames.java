package io.keepflow.node.notation;

import io.keepflow.protocol.Flow;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** The words that the conntrack tool has for protocols, states and status bits, and their numbers in the kernel. */
public final class ConntrackNames {
    /** {@code enum tcp_conntrack}, linux/netfilter/nf_conntrack_tcp.h, by number. */
    public static final List<String> TCP_STATES = List.of(
            "NONE",
            "SYN_SENT",
            "SYN_RECV",
            "ESTABLISHED",
            "FIN_WAIT",
            "CLOSE_WAIT",
            "LAST_ACK",
            "TIME_WAIT",
            "CLOSE",
            "SYN_SENT2");

    /** {@code enum sctp_conntrack}, linux/netfilter/nf_conntrack_sctp.h, by number. */
    public static final List<String> SCTP_STATES = List.of(
            "NONE",
            "CLOSED",
            "COOKIE_WAIT",
            "COOKIE_ECHOED",
            "ESTABLISHED",
            "SHUTDOWN_SENT",
            "SHUTDOWN_RECD",
            "SHUTDOWN_ACK_SENT",
            "HEARTBEAT_SENT");

    private static final Map<Integer, String> PROTOCOLS = Map.of(
            Flow.ICMP, "icmp",
            Flow.TCP, "tcp",
            Flow.UDP, "udp",
            Flow.GRE, "gre",
            Flow.ICMPV6, "icmpv6",
            Flow.SCTP, "sctp",
            Flow.UDPLITE, "udplite");

    private static final Map<String, Integer> STATUS_BITS = Map.of(
            "EXPECTED", Flow.IPS_EXPECTED,
            "SEEN_REPLY", Flow.IPS_SEEN_REPLY,
            "ASSURED", Flow.IPS_ASSURED,
            "CONFIRMED", Flow.IPS_CONFIRMED,
            "SRC_NAT", Flow.IPS_SRC_NAT,
            "DST_NAT", Flow.IPS_DST_NAT,
            "FIXED_TIMEOUT", Flow.IPS_FIXED_TIMEOUT,
            "OFFLOAD", Flow.IPS_OFFLOAD,
            "HW_OFFLOAD", Flow.IPS_HW_OFFLOAD);

    private ConntrackNames() {}

    /** The protocol's name, or null when conntrack has none for it. */
    public static @Nullable String protocol(int number) {
        return PROTOCOLS.get(number);
    }

    /** Names of the protocols that this class knows, sorted. */
    public static List<String> protocolNames() {
        return PROTOCOLS.values().stream().sorted().toList();
    }

    /** Number of a protocol given by name or by number, or empty. */
    public static OptionalInt protocolNumber(String text) {
        String name = text.toLowerCase(Locale.ROOT);
        for (Map.Entry<Integer, String> entry : PROTOCOLS.entrySet()) {
            if (entry.getValue().equals(name)) {
                return OptionalInt.of(entry.getKey());
            }
        }
        if (!text.matches("[0-9]{1,3}")) {
            return OptionalInt.empty();
        }
        int number = Integer.parseInt(text);
        return number <= 255 ? OptionalInt.of(number) : OptionalInt.empty();
    }

    /** Name of a state of a protocol that has states; the number itself when the kernel knows more states than this. */
    public static String state(int protocol, int number) {
        List<String> names = protocol == Flow.SCTP ? SCTP_STATES : TCP_STATES;
        return number >= 0 && number < names.size() ? names.get(number) : Integer.toString(number);
    }

    /** Whether the protocol has ports in its tuple. */
    public static boolean hasPorts(int protocol) {
        return protocol == Flow.TCP || protocol == Flow.UDP || protocol == Flow.UDPLITE || protocol == Flow.SCTP;
    }

    /** {@code IPS_*} bit of a status name, or 0 for an unknown name. */
    public static int statusBit(String name) {
        return STATUS_BITS.getOrDefault(name.toUpperCase(Locale.ROOT), 0);
    }

    /** Names of the status bits that this class knows, sorted. */
    public static List<String> statusNames() {
        return STATUS_BITS.keySet().stream().sorted().toList();
    }
}
