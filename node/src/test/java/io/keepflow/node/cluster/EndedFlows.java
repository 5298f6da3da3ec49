package io.keepflow.node.cluster;

import io.keepflow.protocol.Flow;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Flows that their owner ended: once it was calm and they were nowhere, nobody may bring them back but packets. */
final class EndedFlows {
    /** After so long without a fault, all have heard of the end of a flow. */
    private static final long CALM_NANOS = 3_000_000_000L;

    private final SimulatedCluster cluster;
    private final Map<String, Long> ended = new LinkedHashMap<>();
    private final Set<String> certainlyEnded = new HashSet<>();
    private long lastFaultNanos;

    EndedFlows(SimulatedCluster cluster) {
        this.cluster = cluster;
    }

    void packet(Flow flow) {
        ended.remove(FlowTexts.identity(flow));
        certainlyEnded.remove(FlowTexts.identity(flow));
    }

    void end(Flow flow) {
        ended.put(FlowTexts.identity(flow), cluster.clock.nanos());
    }

    void look() {
        Set<String> held = new HashSet<>();
        cluster.nodes.values().forEach(node -> held.addAll(node.kernel.entries().keySet()));
        for (String identity : certainlyEnded) {
            if (held.contains(identity)) {
                throw new AssertionError("resurrection: came back from the dead: " + identity);
            }
        }
        if (!cluster.isWell()) {
            lastFaultNanos = cluster.clock.nanos();
        }
        ended.forEach((identity, nanos) -> {
            long calmSince = Math.max(nanos, lastFaultNanos);
            if (cluster.clock.nanos() - calmSince > CALM_NANOS && !held.contains(identity)) {
                certainlyEnded.add(identity);
            }
        });
        ended.keySet().removeAll(certainlyEnded);
    }
}
