package io.keepflow.node.cluster;

import io.keepflow.node.cluster.SimulatedCluster.Node;
import io.keepflow.protocol.v1.NodeRole;
import java.util.List;
import java.util.Random;

/** The steps that break something, those that mend it, and what an operator may order. */
final class FuzzFaults {
    private static final int DAY_SECONDS = 86_400;

    private final FuzzRun run;
    private final SimulatedNetwork network;

    FuzzFaults(FuzzRun run) {
        this.run = run;
        network = run.cluster.network;
    }

    void carryOut(String verb, Random random) {
        Node node = run.one(any -> true, random);
        run.trace.step(verb + " " + node.name);
        switch (verb) {
            case "stop" -> stop(node);
            case "power" -> {
                stop(node);
                node.kernel.lose();
            }
            case "bounce" -> {
                stop(node);
                restart(node, random);
            }
            case "segment" -> run.cluster.move(node, random.nextInt(3));
            case "cut" -> network.cut(node.name, run.one(other -> other != node, random).name);
            case "freeze" -> freeze(node, true);
            case "sleep" -> sleep(node, true);
            case "full" -> node.kernel.maxEntries = random.nextInt(12);
            case "refuse" -> node.link.refuses = true;
            case "jump" -> node.machineClock.jumpMillis(1000L * random.nextInt(-DAY_SECONDS, DAY_SECONDS));
            case "audit" -> {
                if (node.isUp()) {
                    node.audit();
                }
            }
            case "resync" -> {
                if (node.isUp()) {
                    node.replicator.resync(run.cluster.nodes.keySet());
                }
            }
            case "heal" -> heal(node, random);
            default -> throw new IllegalArgumentException("a step that nobody knows: " + verb);
        }
    }

    private void stop(Node node) {
        if (node.isUp()) {
            run.cluster.stop(node);
        }
    }

    /** The process, its link included, stands still, or goes on. */
    private void sleep(Node node, boolean isAsleep) {
        freeze(node, isAsleep);
        node.link.isAsleep = isAsleep;
        network.change();
    }

    /** The node's thread stands still, and its kernel's events wait. */
    private void freeze(Node node, boolean isFrozen) {
        node.frozen = isFrozen;
        node.kernel.defersEvents = isFrozen || run.script.has("defersEvents");
    }

    private void heal(Node node, Random random) {
        if (node.link.isAsleep) {
            sleep(node, false);
        }
        freeze(node, false);
        node.link.refuses = false;
        node.kernel.maxEntries = Integer.MAX_VALUE;
        network.mend();
        if (node.link.segment != 0) {
            run.cluster.move(node, 0);
        }
        if (!node.isUp()) {
            restart(node, random);
        }
    }

    /** What keepalived tells a node that starts is mostly nothing of an active role that it had. */
    private void restart(Node dead, Random random) {
        NodeRole before = dead.role();
        Node node = run.start(dead.name);
        boolean goesOn =
                before == NodeRole.NODE_ROLE_ACTIVE && (run.script.has("activeActive") || random.nextBoolean());
        if (goesOn) {
            run.role(node, node::active);
        } else if (random.nextInt(4) > 0) {
            run.role(node, node::standby);
        }
    }

    /** Nothing is broken any more. */
    void healAll() {
        run.trace.step("all is mended");
        for (Node node : List.copyOf(run.cluster.nodes.values())) {
            node.link.isAsleep = false;
            freeze(node, false);
            node.link.refuses = false;
            node.kernel.maxEntries = Integer.MAX_VALUE;
            node.link.segment = 0;
            if (!node.isUp()) {
                Node again = run.start(node.name);
                run.role(again, again::standby);
            }
        }
        run.cluster.nodes.values().forEach(node -> node.injectEvery = 1);
        network.mend();
    }
}
