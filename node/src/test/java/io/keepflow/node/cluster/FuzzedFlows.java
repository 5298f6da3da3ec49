package io.keepflow.node.cluster;

import io.keepflow.protocol.Flow;
import java.util.Random;

/** Flows of a few identities, so that runs use the same ones again and again, and in states that change at random. */
final class FuzzedFlows {
    private static final int IDENTITIES = 24;
    private static final int PORTS = 40;

    private final Random random;

    FuzzedFlows(Random random) {
        this.random = random;
    }

    /** A flow that begins: two thirds TCP, half of them translated, some with a port that another flow may have had. */
    Flow fresh() {
        int number = random.nextInt(IDENTITIES);
        Flow flow;
        if (number % 3 == 0) {
            flow = FlowTexts.udp(number, 3 + random.nextInt(60));
        } else {
            flow = FlowTexts.tcp(number);
            flow.status = Flow.IPS_CONFIRMED;
            flow.tcpState = 1;
            flow.timeout = 120;
        }
        if (number % 2 == 0) {
            FlowTexts.snatted(flow, 1 + random.nextInt(PORTS));
        }
        if (number % 4 == 1) {
            FlowTexts.helped(flow, number % 8 == 1 ? "ftp" : "sip");
        } else if (number % 4 == 2) {
            FlowTexts.related(flow, FlowTexts.tcp(number - 1));
        }
        return flow;
    }

    /** The same flow after another packet: mostly unchanged, sometimes further, sometimes with another mark. */
    Flow next(Flow flow) {
        Flow next = new Flow();
        next.set(flow);
        int dice = random.nextInt(6);
        if (dice == 0) {
            next.mark = random.nextInt(4);
        } else if (dice < 4 && flow.protocol == Flow.TCP) {
            next.tcpState = Math.min(flow.tcpState + 1, 7);
            next.status |= FlowTexts.ESTABLISHED;
            next.timeout = next.tcpState == 3 ? 432_000 : 60;
        } else if (dice < 4) {
            next.status |= FlowTexts.ESTABLISHED;
        } else if (dice == 4 && flow.has(Flow.HAS_HELPER)) {
            FlowTexts.adjusted(next, 1 + random.nextInt(5));
        }
        return next;
    }
}
