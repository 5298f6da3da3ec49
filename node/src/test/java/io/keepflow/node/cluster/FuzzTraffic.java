package io.keepflow.node.cluster;

import io.keepflow.node.cluster.SimulatedCluster.Node;
import io.keepflow.protocol.Flow;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** The steps that change kernels: packets, ends, and what somebody does by hand. */
final class FuzzTraffic {
    private static final int SOMEBODY = 999;

    private final FuzzRun run;
    private final FuzzedFlows flows;

    FuzzTraffic(FuzzRun run) {
        this.run = run;
        flows = new FuzzedFlows(run.script.of("identities"), run.script.of("ports"), !run.script.has("activeActive"));
    }

    void carryOut(String verb, Random random) {
        switch (verb) {
            case "traffic" -> traffic(random);
            case "end" -> end(random);
            default -> byHand(verb, run.one(any -> true, random), random);
        }
    }

    /** Mostly through an active node; where routing is asymmetric, now and then through another. */
    private void traffic(Random random) {
        boolean strays = run.script.has("asymmetric") && random.nextInt(10) == 0;
        Node node = run.maybe(strays ? Node::isUp : at -> at.isUp() && at.isActive(), random);
        int packets = 1 + random.nextInt(Math.max(1, run.script.of("burst")));
        if (node == null) {
            return;
        }
        run.trace.step("%d packets through %s".formatted(packets, node.name));
        for (int i = 0; i < packets; i++) {
            Flow fresh = flows.fresh(random);
            SimulatedKernel.Entry entry = node.kernel.entry(fresh);
            packet(node, entry == null ? fresh : flows.next(entry.flow, random), 0);
        }
    }

    private void packet(Node node, Flow flow, int portId) {
        if (node.kernel.change(flow, portId)) {
            run.ended.packet(flow);
        }
    }

    private void end(Random random) {
        Node node = run.maybe(at -> at.isUp() && at.isActive(), random);
        if (node == null) {
            return;
        }
        for (int i = random.nextInt(3); i >= 0; i--) {
            Flow flow = anyOf(node, random);
            if (flow != null) {
                run.trace.step("%s ends at %s".formatted(FlowTexts.identity(flow), node.name));
                node.kernel.end(flow);
                run.ended.end(flow);
                if (random.nextInt(4) == 0) {
                    packet(node, flows.fresh(random), 0);
                }
            }
        }
    }

    private static @Nullable Flow anyOf(Node node, Random random) {
        List<SimulatedKernel.Entry> entries = List.copyOf(node.kernel.entries().values());
        return entries.isEmpty() ? null : entries.get(random.nextInt(entries.size())).flow;
    }

    private void byHand(String verb, Node node, Random random) {
        run.trace.step("somebody does a %s at %s".formatted(verb, node.name));
        switch (verb) {
            case "flush" -> List.copyOf(node.kernel.entries().values()).forEach(entry -> node.kernel.end(entry.flow));
            case "delete" -> {
                Flow flow = anyOf(node, random);
                if (flow != null) {
                    node.kernel.end(flow);
                }
            }
            default -> {
                Flow fresh = flows.fresh(random);
                SimulatedKernel.Entry entry = node.kernel.entry(fresh);
                packet(node, entry == null ? fresh : flows.next(entry.flow, random), SOMEBODY);
            }
        }
    }
}
