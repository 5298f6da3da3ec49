package io.keepflow.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.node.cluster.SimulatedCluster.Node;
import io.keepflow.protocol.Expectation;
import io.keepflow.protocol.Flow;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Expectations through random faults: lost links, restarts, frozen nodes, kernels that refuse, handovers. At the end all is healed,
 * one node is active, and all kernels and tables must expect what its kernel does. {@code -Dkeepflow.fuzz.seeds=N} runs more seeds.
 */
final class ExpectationFuzzTest {
    private static final int SEEDS = Math.max(100, Integer.getInteger("keepflow.fuzz.seeds", 0));
    private static final String[] NAMES = {"one", "two", "three"};
    private static final int STEPS = 40;
    private static final int MASTERS = 6;
    private static final int PORTS = 12;
    private static final int SETTLE_MS = 60_000;

    @Test
    void allKernelsExpectTheSameInTheEnd() {
        for (long seed = 0; seed < SEEDS; seed++) {
            Run run = new Run(seed);
            try {
                run.run();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage() + "\n" + run.log, e);
            }
        }
    }

    /** One run, the same for the same seed. */
    private static final class Run {
        private final Random random;
        private final SimulatedCluster cluster;
        private final List<Node> nodes = new ArrayList<>();
        private final StringBuilder log = new StringBuilder();
        private int active;

        Run(long seed) {
            random = new Random(seed);
            cluster = new SimulatedCluster(seed);
            for (String name : NAMES) {
                nodes.add(cluster.start(name));
            }
        }

        void run() {
            nodes.forEach(Node::standby);
            nodes.getFirst().active();
            cluster.run(500);
            for (int i = 0; i < STEPS; i++) {
                step();
                cluster.run(random.nextInt(random.nextInt(6) == 0 ? 6000 : 400));
            }
            heal();
            settle();
        }

        private void step() {
            int dice = random.nextInt(20);
            if (dice < 10) {
                traffic();
            } else if (dice < 13) {
                handOver();
            } else if (dice < 17) {
                fault(random.nextInt(NAMES.length));
            } else {
                healOne(random.nextInt(NAMES.length));
            }
        }

        private void traffic() {
            Node node = nodes.get(active);
            if (!node.isUp() || !node.isActive()) {
                return;
            }
            for (int i = random.nextInt(6); i >= 0; i--) {
                Flow master = FlowTexts.tcp(random.nextInt(MASTERS));
                Expectation expectation = ExpectationReplicationTest.expected(
                        master, 5000 + random.nextInt(PORTS), 2 + random.nextInt(400));
                switch (random.nextInt(5)) {
                    case 0 -> node.expected.end(expectation.identity(), 0);
                    case 1 -> node.kernel.end(master);
                    default -> {
                        node.kernel.packet(master);
                        node.expected.expect(expectation);
                    }
                }
            }
            say("traffic " + node.name);
        }

        private void handOver() {
            int next = random.nextInt(NAMES.length);
            if (!nodes.get(next).isUp()) {
                return;
            }
            say("active " + NAMES[next]);
            for (int i = 0; i < NAMES.length; i++) {
                if (i != next && nodes.get(i).isUp()) {
                    nodes.get(i).standby();
                }
            }
            nodes.get(next).active();
            active = next;
        }

        private void fault(int index) {
            Node node = nodes.get(index);
            switch (random.nextInt(5)) {
                case 0 -> {
                    say("stop " + node.name);
                    if (node.isUp()) {
                        cluster.stop(node);
                    }
                }
                case 1 -> {
                    say("island " + node.name);
                    cluster.island(node, true);
                }
                case 2 -> {
                    say("freeze " + node.name);
                    node.frozen = true;
                }
                case 3 -> {
                    say("refuse " + node.name);
                    node.expected.refusal = () -> 24;
                }
                default -> {
                    say("by hand " + node.name);
                    node.expected.all().forEach(expectation -> node.expected.end(expectation.identity(), 999));
                }
            }
        }

        private void healOne(int index) {
            Node node = nodes.get(index);
            say("heal " + node.name);
            node.frozen = false;
            node.expected.refusal = () -> 0;
            cluster.island(node, false);
            if (!node.isUp()) {
                nodes.set(index, cluster.start(node.name));
                nodes.get(index).standby();
            }
        }

        private void heal() {
            for (int i = 0; i < NAMES.length; i++) {
                healOne(i);
            }
            say("at last " + NAMES[active]);
            for (int i = 0; i < NAMES.length; i++) {
                if (i != active) {
                    nodes.get(i).standby();
                }
            }
            nodes.get(active).active();
        }

        private void settle() {
            for (int waited = 0; ; waited += 500) {
                cluster.run(500);
                if (waited % 6000 == 0) {
                    nodes.forEach(Node::audit);
                }
                try {
                    cluster.assertAllExpect(nodes.get(active).expected.all());
                    assertThat(nodes)
                            .allMatch(node -> node.expectations.toPublish().isEmpty());
                    return;
                } catch (AssertionError e) {
                    if (waited >= SETTLE_MS) {
                        throw e;
                    }
                }
            }
        }

        private void say(String what) {
            log.append(cluster.clock.nanos() / 1_000_000)
                    .append(' ')
                    .append(what)
                    .append('\n');
        }
    }
}
