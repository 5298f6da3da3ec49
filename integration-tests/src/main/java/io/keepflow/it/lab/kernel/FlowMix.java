package io.keepflow.it.lab.kernel;

import io.keepflow.it.lab.Family;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.Tuple;
import io.keepflow.protocol.Tuples;
import java.net.InetAddress;
import java.nio.ByteBuffer;

/**
 * The flows of a busy firewall, by number: of ten, four are translated TCP, one plain TCP, one translated UDP and one translated
 * ICMP in IPv4; one translated TCP, one plain UDP and one ICMPv6 in IPv6. Some have a zone, most a mark. A flow's generation
 * counts how often it has changed: its mark and, where it has one, its state.
 */
final class FlowMix {
    private static final Network CLIENTS_V4 = Network.of("10.1.0.0");
    private static final Network CLIENTS_V6 = Network.of("fd00:1::");
    private static final Network SERVERS_V4 = Network.of("10.2.0.0");
    private static final Network SERVERS_V6 = Network.of("fd00:2::");
    private static final Network VIRTUAL_V4 = Network.of(Family.IPV4.serverVirtual());
    private static final Network VIRTUAL_V6 = Network.of(Family.IPV6.serverVirtual());
    private static final int KINDS = 10;
    private static final int FIRST_V6_KIND = 7;
    private static final int FLOWS_PER_SERVER = 50_000;
    private static final int FIRST_PORT = 1024;

    /** Prime to the flows of a server, so that no two of them are translated to the same port. */
    private static final int PORT_STEP = 7919;

    private static final int NET = 250;
    private static final int ONE_IN_A_ZONE = 97;
    private static final int ZONE = 5;
    private static final int TCP_ESTABLISHED = 3;
    private static final int[] TCP_STATES = {TCP_ESTABLISHED, 4, 5, TCP_ESTABLISHED};
    private static final int WINDOW_SCALE_AND_SACK = 3;
    private static final int ECHO = 8 << 8;
    private static final int ECHO_V6 = 128 << 8;

    private FlowMix() {}

    /** Writes flow number {@code i} as it is after {@code generation} changes. */
    static void write(int i, int generation, Flow flow) {
        flow.clear();
        int kind = i % KINDS;
        boolean v6 = kind >= FIRST_V6_KIND;
        flow.family = v6 ? Flow.IPV6 : Flow.IPV4;
        flow.protocol = switch (kind) {
            case 0, 1, 2, 3, 4, 7 -> Flow.TCP;
            case 5, 8 -> Flow.UDP;
            case 6 -> Flow.ICMP;
            default -> Flow.ICMPV6;
        };
        addresses(i, v6, flow);
        Tuples.invert(flow.protocol, flow.original, flow.reply);
        if (kind <= 3 || (kind >= 5 && kind <= 7)) {
            translate(i, v6, flow);
        }
        flow.zone = i % ONE_IN_A_ZONE == 0 ? ZONE : 0;
        flow.mark = generation << 8 | i % KINDS;
        flow.status |= Flow.IPS_CONFIRMED | Flow.IPS_SEEN_REPLY;
        if (flow.protocol == Flow.TCP || generation > 0) {
            flow.status |= Flow.IPS_ASSURED;
        }
        flow.present = Flow.HAS_REPLY | Flow.HAS_STATUS | Flow.HAS_MARK;
        if (flow.protocol == Flow.TCP) {
            flow.tcpState = TCP_STATES[generation % TCP_STATES.length];
            flow.tcpFlagsOriginal = flow.tcpFlagsReply = WINDOW_SCALE_AND_SACK;
            flow.tcpWindowScaleOriginal = 7;
            flow.tcpWindowScaleReply = i % 15;
            flow.present |= Flow.HAS_TCP;
        }
    }

    private static void addresses(int i, boolean v6, Flow flow) {
        int server = i / FLOWS_PER_SERVER;
        int inServer = i % FLOWS_PER_SERVER;
        Tuple tuple = flow.original;
        Network clients = v6 ? CLIENTS_V6 : CLIENTS_V4;
        tuple.srcHigh = clients.high(1 + inServer / NET % NET);
        tuple.srcLow = clients.low(1 + inServer / NET % NET, 1 + inServer % NET);
        Network servers = v6 ? SERVERS_V6 : SERVERS_V4;
        tuple.dstHigh = servers.high(1 + server / NET);
        tuple.dstLow = servers.low(1 + server / NET, 1 + server % NET);
        tuple.l4Src = FIRST_PORT + inServer;
        tuple.l4Dst = switch (flow.protocol) {
            case Flow.ICMP -> ECHO;
            case Flow.ICMPV6 -> ECHO_V6;
            default -> 443;
        };
    }

    private static void translate(int i, boolean v6, Flow flow) {
        Network virtual = v6 ? VIRTUAL_V6 : VIRTUAL_V4;
        flow.reply.dstHigh = virtual.high(0);
        flow.reply.dstLow = virtual.low(0, 0);
        int port = FIRST_PORT + (int) ((long) i * PORT_STEP % FLOWS_PER_SERVER);
        if (flow.protocol == Flow.ICMP) {
            flow.reply.l4Src = port;
        } else {
            flow.reply.l4Dst = port;
        }
        flow.status |= Flow.IPS_SRC_NAT;
    }

    /** The halves of an address, and of those around it. */
    private record Network(boolean v6, long high, long low) {
        static Network of(String literal) {
            byte[] address = InetAddress.ofLiteral(literal).getAddress();
            ByteBuffer bytes = ByteBuffer.wrap(address);
            return address.length == 4
                    ? new Network(false, 0, bytes.getInt() & 0xffffffffL)
                    : new Network(true, bytes.getLong(), bytes.getLong());
        }

        long high(int network) {
            return v6 ? high + network : 0;
        }

        long low(int network, int host) {
            return v6 ? low + host : low + ((long) network << 8) + host;
        }
    }
}
