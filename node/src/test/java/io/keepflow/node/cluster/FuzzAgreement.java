package io.keepflow.node.cluster;

import io.keepflow.node.cluster.SimulatedCluster.Node;
import io.keepflow.protocol.Flow;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The end of a run: within a minute all nodes agree, kernels, tables and accounts. */
final class FuzzAgreement {
    /** How long the nodes may take to agree once all is healed, and how often they are looked at meanwhile. */
    private static final int SETTLE_MS = 60_000;

    private static final int LOOK_MS = 500;

    /** The first may find that a flow is to be taken back, the second that the kernel had it otherwise. */
    private static final int AUDITS = 2;

    private static final int AUDIT_MS = 6000;

    private final FuzzRun run;
    private final SimulatedCluster cluster;
    private final Node active;

    FuzzAgreement(FuzzRun run, Node active) {
        this.run = run;
        this.cluster = run.cluster;
        this.active = active;
    }

    void await() {
        for (int i = 0; i < AUDITS; i++) {
            cluster.run(AUDIT_MS);
            cluster.nodes.values().forEach(Node::audit);
        }
        for (int waited = 0; ; waited += LOOK_MS) {
            run.pass(LOOK_MS);
            try {
                look();
                return;
            } catch (AssertionError e) {
                if (waited >= SETTLE_MS) {
                    throw new AssertionError(
                            "convergence: not within " + SETTLE_MS / 1000 + " s: " + e.getMessage(), e);
                }
            }
        }
    }

    private void look() {
        if (run.script.has("activeActive")) {
            Map<String, String> expected = states(active);
            cluster.nodes.values().forEach(node -> compare(node, expected));
            cluster.nodes.values().forEach(Node::checkBooks);
        } else {
            cluster.assertAllHold(active.kernel.entries().values().stream()
                    .map(entry -> entry.flow)
                    .toList());
        }
    }

    private static Map<String, String> states(Node node) {
        Map<String, String> states = new HashMap<>();
        Flow flow = new Flow();
        for (int slot = 0; slot < node.table.slots(); slot++) {
            if (node.table.isLive(slot)) {
                node.table.load(slot, flow);
                states.put(FlowTexts.identity(flow), FlowTexts.state(flow));
            }
        }
        return states;
    }

    /** All tables agree, and every kernel with its table; but what lives in an active kernel is never made anew. */
    private void compare(Node node, Map<String, String> expected) {
        same("table of " + node.name, states(node), expected);
        Map<String, String> held = new HashMap<>();
        node.kernel
                .entries()
                .forEach((identity, entry) -> held.put(
                        identity,
                        entry.isLive && node.isActive()
                                ? expected.getOrDefault(identity, FlowTexts.state(entry.flow))
                                : FlowTexts.state(entry.flow)));
        same("kernel of " + node.name, held, expected);
    }

    private static void same(String what, Map<String, String> is, Map<String, String> expected) {
        if (!is.equals(expected)) {
            List<String> missing = expected.values().stream()
                    .filter(state -> !is.containsValue(state))
                    .toList();
            List<String> surplus = is.values().stream()
                    .filter(state -> !expected.containsValue(state))
                    .toList();
            throw new AssertionError("%s lacks %s and has %s".formatted(what, missing, surplus));
        }
    }
}
