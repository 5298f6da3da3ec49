package io.keepflow.it.bench;

import io.keepflow.it.lab.Family;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.Tuples;
import java.net.InetAddress;
import java.nio.ByteBuffer;

/** Translated IPv4 flows by number, as the kernel has them of the lab's clients; those of different protocols do not clash. */
final class ShortFlows {
    static final int SYN_SENT = 1;
    static final int SYN_RECV = 2;
    static final int ESTABLISHED = 3;
    static final int FIN_WAIT = 4;
    static final int CLOSE_WAIT = 5;
    static final int LAST_ACK = 6;
    static final int TIME_WAIT = 7;

    /** Flows to the same server. */
    static final int PORTS = 50_000;

    private static final int FIRST_PORT = 10_000;
    private static final int WINDOW_SCALE_AND_SACK = 3;
    private static final long CLIENTS = address("10.1.16.0");
    private static final long SERVERS = address("10.2.16.0");
    private static final long VIRTUAL = address(Family.IPV4.serverVirtual());

    private ShortFlows() {}

    /** Short connection number {@code i} in that state. */
    static void tcp(int i, int state, Flow flow) {
        tcp(i, 80, state, flow);
    }

    /** Established connection number {@code i}: another than the short one of that number. */
    static void established(int i, Flow flow) {
        tcp(i, 443, ESTABLISHED, flow);
    }

    private static void tcp(int i, int serverPort, int state, Flow flow) {
        write(i, Flow.TCP, serverPort, flow);
        if (state >= SYN_RECV) {
            flow.status |= Flow.IPS_SEEN_REPLY;
        }
        if (state >= ESTABLISHED) {
            flow.status |= Flow.IPS_ASSURED;
        }
        flow.tcpState = state;
        flow.tcpFlagsOriginal = flow.tcpFlagsReply = WINDOW_SCALE_AND_SACK;
        flow.tcpWindowScaleOriginal = flow.tcpWindowScaleReply = 7;
        flow.present |= Flow.HAS_TCP;
    }

    /** A conversation of which one packet has been seen. */
    static void udp(int i, int serverPort, Flow flow) {
        write(i, Flow.UDP, serverPort, flow);
    }

    /** The number of one of the first flows of its protocol. */
    static int number(Flow flow) {
        return flow.original.l4Src - FIRST_PORT;
    }

    private static void write(int i, int protocol, int serverPort, Flow flow) {
        int server = i / PORTS;
        int port = FIRST_PORT + i % PORTS;
        flow.clear();
        flow.family = Flow.IPV4;
        flow.protocol = protocol;
        flow.original.srcLow = CLIENTS + 1 + i % PORTS % 1000;
        flow.original.dstLow = SERVERS + 1 + server;
        flow.original.l4Src = port;
        flow.original.l4Dst = serverPort;
        Tuples.invert(protocol, flow.original, flow.reply);
        flow.reply.dstLow = VIRTUAL;
        flow.status = Flow.IPS_CONFIRMED | Flow.IPS_SRC_NAT;
        flow.present = Flow.HAS_REPLY | Flow.HAS_STATUS;
    }

    private static long address(String literal) {
        return ByteBuffer.wrap(InetAddress.ofLiteral(literal).getAddress()).getInt() & 0xffffffffL;
    }
}
