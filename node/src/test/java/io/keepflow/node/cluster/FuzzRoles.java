package io.keepflow.node.cluster;

import io.keepflow.node.cluster.SimulatedCluster.Node;
import io.keepflow.protocol.v1.NodeRole;
import java.util.List;
import java.util.Random;

/** Who is active, as keepalived decides; in an active/active world the first two nodes. */
final class FuzzRoles {
    private final FuzzRun run;
    private final boolean isActiveActive;

    FuzzRoles(FuzzRun run) {
        this.run = run;
        isActiveActive = run.script.has("activeActive");
    }

    void first() {
        for (Node node : run.cluster.nodes.values()) {
            run.role(node, forwards(node) || node.name.equals("one") ? node::active : node::standby);
        }
    }

    private boolean forwards(Node node) {
        return isActiveActive && (node.name.equals("one") || node.name.equals("two"));
    }

    void carryOut(String verb, Random random) {
        if (isActiveActive) {
            rest(random);
        } else if (verb.equals("role")) {
            move(random, 3000);
        } else {
            for (int i = 2 + random.nextInt(6); i > 0; i--) {
                move(random, 200);
                run.pass(random.nextInt(200));
            }
        }
    }

    /** One of the two is away for a while, and its traffic with it. */
    private void rest(Random random) {
        Node node = run.one(at -> at.isUp() && forwards(at), random);
        run.role(node, node::standby);
        run.pass(random.nextInt(3000));
        if (node.isUp()) {
            run.role(node, node::active);
        }
    }

    private void move(Random random, int pauseMs) {
        Node next = run.one(Node::isUp, random);
        boolean overlaps = random.nextBoolean();
        if (overlaps) {
            run.role(next, next::active);
            run.pass(random.nextInt(500));
        }
        for (Node node : run.cluster.nodes.values()) {
            if (node != next && node.isUp() && random.nextInt(10) > 0) {
                NodeRole role = random.nextInt(3) == 0 ? NodeRole.NODE_ROLE_FAULT : NodeRole.NODE_ROLE_STANDBY;
                run.role(node, () -> node.role(role));
            }
        }
        if (!overlaps) {
            run.pass(random.nextInt(pauseMs));
            run.role(next, next::active);
        }
    }

    /** Makes one node active for good, if only one is to be; whose kernel is right from now on. */
    Node last(Random random) {
        List<Node> nodes = List.copyOf(run.cluster.nodes.values());
        Node active = run.maybe(isActiveActive ? this::forwards : Node::isActive, random);
        boolean isNew = active == null;
        Node chosen = active == null ? run.one(any -> true, random) : active;
        for (Node node : nodes) {
            if (forwards(node)) {
                run.role(node, node::active);
            } else if (node != chosen) {
                run.role(node, node::standby);
            }
        }
        if (isNew) {
            run.pass(random.nextInt(3000));
        }
        run.role(chosen, chosen::active);
        return chosen;
    }
}
