package io.keepflow.node.cluster;

import io.keepflow.protocol.Flow;
import java.util.Random;

/**
 * Flows of a few identities, so that runs use the same ones again and again, and in states that change at random. Each node has
 * its own ports to translate to where several nodes forward at once, as any working configuration has.
 */
final class FuzzedFlows {
    private final int identities;
    private final int ports;
    private final boolean sharesPorts;

    FuzzedFlows(int identities, int ports, boolean sharesPorts) {
        this.identities = identities;
        this.ports = ports;
        this.sharesPorts = sharesPorts;
    }

    /** A flow that begins: two thirds TCP, half of them translated, some with a port that another flow may have had. */
    Flow fresh(Random random) {
        int number = random.nextInt(identities);
        Flow flow;
        if (number % 3 == 0) {
            flow = FlowTexts.udp(number, 3 + random.nextInt(60));
        } else {
            flow = FlowTexts.tcp(number);
            flow.status = Flow.IPS_CONFIRMED;
            flow.tcpState = 1;
            flow.timeout = 120;
        }
        int port = 1 + random.nextInt(ports);
        if (number % 2 == 0) {
            FlowTexts.snatted(flow, sharesPorts ? port : 1 + number);
        }
        if (number % 4 == 1) {
            FlowTexts.helped(flow, number % 8 == 1 ? "ftp" : "sip");
        } else if (number % 4 == 2) {
            FlowTexts.related(flow, FlowTexts.tcp(number - 1));
        }
        return flow;
    }

    /** The same flow after another packet: mostly unchanged, sometimes further, sometimes with another mark. */
    Flow next(Flow flow, Random random) {
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
