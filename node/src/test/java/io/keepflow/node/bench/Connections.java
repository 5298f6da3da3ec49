package io.keepflow.node.bench;

import io.keepflow.protocol.Flow;
import io.keepflow.protocol.testkit.FlowSamples;

/** TCP connections of many clients through SNAT to one server. */
public final class Connections {
    /** {@code enum tcp_conntrack}. */
    public static final int ESTABLISHED = 3;

    public static final int TIME_WAIT = 7;

    private static final int PORT_BITS = 15;

    private Connections() {}

    /** An established connection. */
    public static Flow number(int number) {
        Flow flow = FlowSamples.snatted(0);
        become(flow, number);
        return flow;
    }

    /** Makes a flow of {@link #number} another of them. */
    public static void become(Flow flow, int number) {
        int port = 1024 + (number & (1 << PORT_BITS) - 1);
        flow.original.srcLow = 0x0a010000L + (number >>> PORT_BITS);
        flow.original.l4Src = port;
        flow.reply.l4Dst = port;
    }
}
