package io.keepflow.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.node.capture.Capture;
import io.keepflow.node.capture.CaptureCounts;
import io.keepflow.node.capture.Comparison;
import io.keepflow.node.capture.ExpectationCapture;
import io.keepflow.node.capture.ExpectationCounts;
import io.keepflow.node.capture.LocalTraffic;
import io.keepflow.node.filter.Exclusions;
import io.keepflow.node.filter.Selection;
import io.keepflow.node.inject.ExpectationInjector;
import io.keepflow.node.inject.Injections;
import io.keepflow.node.inject.Injector;
import io.keepflow.node.inject.Rearmer;
import io.keepflow.node.netlink.LabelMask;
import io.keepflow.node.netlink.NetlinkException;
import io.keepflow.node.table.ExpectationRecord;
import io.keepflow.node.table.ExpectationTable;
import io.keepflow.node.table.FlowTable;
import io.keepflow.node.table.Owner;
import io.keepflow.node.table.Owners;
import io.keepflow.protocol.Expectation;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.v1.NodeRole;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Whole nodes in one thread: their real tables, codecs, replication, injection and capture between simulated kernels, on a
 * simulated clock and a link that is cut and healed at will. Nothing happens but in {@link #run}.
 */
final class SimulatedCluster {
    private static final int TICK_MS = 20;
    private static final int TURNS_PER_TICK = 20_000;
    private static final int EVENTS_PER_TURN = 100;

    final SimulatedClock clock = new SimulatedClock();
    final SimulatedNetwork network;
    final Map<String, Node> nodes = new LinkedHashMap<>();

    /** Of every run of every node. */
    final List<ClusterCounts> counts = new ArrayList<>();

    /** What nodes that are started from now on replicate. */
    Selection selection = Selection.EVERYTHING;

    /** Called after each tick. */
    Runnable afterTick = () -> {};

    private final Random random;
    private int segments;

    SimulatedCluster() {
        this(1);
    }

    SimulatedCluster(long seed) {
        random = new Random(seed);
        network = new SimulatedNetwork(clock, random);
    }

    /** Starts a node, or a new run of one that was stopped, with the kernel that it had. */
    Node start(String name) {
        Node old = nodes.get(name);
        Node node = new Node(name, old);
        nodes.put(name, node);
        node.kernel.listen(node.capture);
        node.expected.listen(node.expectationCapture);
        node.auditExpectations();
        node.audit();
        network.change();
        return node;
    }

    /** Nothing keeps any node from hearing and being heard. */
    boolean isWell() {
        return network.isWhole() && nodes.values().stream().allMatch(Node::isWell);
    }

    /** The process dies; its kernel lives. */
    void stop(Node node) {
        node.stopped = true;
        node.link.up = false;
        node.kernel.listen(null);
        node.expected.listen(null);
        network.change();
    }

    /** Cuts the node's sync link, or heals it. */
    void island(Node node, boolean alone) {
        move(node, alone ? ++segments : 0);
    }

    /** Plugs the node's sync link into another segment of the network. */
    void move(Node node, int segment) {
        node.link.segment = segment;
        network.change();
    }

    void run(long millis) {
        for (long t = 0; t < millis; t += TICK_MS) {
            clock.advanceMillis(TICK_MS);
            for (Node node : nodes.values()) {
                node.kernel.expire();
                node.expected.expire();
            }
            nodes.values().stream().filter(node -> !node.stopped).forEach(Node::tick);
            network.tick();
            turns();
            afterTick.run();
        }
    }

    /** What is on its way arrives, and no node does anything else. */
    void deliver() {
        network.deliver();
        for (Node node : nodes.values()) {
            for (int waiting = node.tasks.size(); waiting > 0; waiting--) {
                node.tasks.remove().run();
            }
        }
    }

    private void turns() {
        boolean busy = true;
        for (int turn = 0; busy; turn++) {
            if (turn == TURNS_PER_TICK) {
                throw new AssertionError("progress: the nodes are busy with each other and never done");
            }
            busy = network.deliver();
            for (Node node : nodes.values()) {
                busy |= !node.stopped && node.turn();
            }
            busy |= network.deliver();
        }
    }

    /** Every node's table and kernel has exactly these flows, in these states; and the books of the tables are right. */
    void assertAllHold(List<Flow> flows) {
        Set<String> expected = new TreeSet<>();
        flows.forEach(flow -> expected.add(FlowTexts.state(flow)));
        for (Node node : nodes.values()) {
            if (!node.stopped) {
                Set<String> held = new TreeSet<>();
                node.kernel.entries().values().forEach(entry -> held.add(FlowTexts.state(entry.flow)));
                assertThat(held).as("kernel of " + node.name).isEqualTo(expected);
                assertThat(node.tableTexts()).as("table of " + node.name).isEqualTo(expected);
                node.checkBooks();
            }
        }
    }

    /** Every node's table and kernel has exactly these expectations, and the accounts of the owners are right. */
    void assertAllExpect(Collection<Expectation> expected) {
        Set<Expectation> wanted = withoutTimeouts(expected);
        for (Node node : nodes.values()) {
            if (!node.stopped) {
                assertThat(withoutTimeouts(node.expected.all()))
                        .as("kernel of " + node.name)
                        .isEqualTo(wanted);
                assertThat(withoutTimeouts(node.expectations.all().stream()
                                .filter(record -> !record.isGone())
                                .map(ExpectationRecord::expectation)
                                .toList()))
                        .as("table of " + node.name)
                        .isEqualTo(wanted);
                for (Node other : nodes.values()) {
                    Owner owner = node.table
                            .owners()
                            .byBoot(other.table.owners().self().boot());
                    if (!other.stopped && owner != null) {
                        assertThat(node.expectations.account(owner))
                                .as("account of %s at %s", other.name, node.name)
                                .isEqualTo(other.expectations.account(
                                        other.table.owners().self()));
                    }
                }
            }
        }
    }

    private static Set<Expectation> withoutTimeouts(Collection<Expectation> expectations) {
        return expectations.stream()
                .map(expectation -> expectation.withTimeout(0))
                .collect(Collectors.toSet());
    }

    /** One node. */
    final class Node {
        final String name;
        final SimulatedKernel kernel;
        final SimulatedClock.OfMachine machineClock;
        final SimulatedLink link;
        final SimulatedExpectations expected;
        final FlowTable table;
        final ExpectationTable expectations;
        final ExpectationCapture expectationCapture;
        final ExpectationInjector expectationInjector;
        final Capture capture;
        private final Comparison comparison;
        final Replicator replicator;
        final ClusterCounts counts = new ClusterCounts();
        final CaptureCounts captured = new CaptureCounts();
        final Injections injected = new Injections();
        final Exclusions exclusions = new Exclusions(selection);
        final List<Double> delays = new ArrayList<>();
        private final Injector injector;
        private final Rearmer rearmer;
        private final Queue<Runnable> tasks = new ArrayDeque<>();
        private NodeRole role = NodeRole.NODE_ROLE_UNKNOWN;
        private boolean stopped;

        /** Stopped by SIGSTOP: it receives, but does nothing. */
        boolean frozen;

        /** So many ticks pass between two turns of the injector. */
        int injectEvery = 1;

        private final TurnBounds bounds = new TurnBounds(this);
        private boolean auditIsDue;

        /** The kernel cannot be dumped. */
        boolean auditsFail;

        private int ticks;
        private long evictionsSeen;

        /** A node on the machine of this name, with what the last one left there. */
        Node(String name, @Nullable Node last) {
            this.name = name;
            SimulatedCluster.this.counts.add(counts);
            machineClock = last == null ? clock.new OfMachine() : last.machineClock;
            kernel = last == null ? new SimulatedKernel(clock) : last.kernel;
            link = network.join(name, new UUID(random.nextLong(), random.nextLong()));
            table = new FlowTable(1_000_000, new Owners(name, random.nextLong() | 1), random.nextLong());
            injector = new Injector(table, kernel, machineClock, () -> role != NodeRole.NODE_ROLE_ACTIVE, injected);
            rearmer = new Rearmer(table, injector, machineClock);
            expected = last == null ? new SimulatedExpectations(clock, kernel) : last.expected;
            expectations = new ExpectationTable(1000, table.owners());
            expectationInjector = new ExpectationInjector(expectations, expected, machineClock);
            expectationCapture = new ExpectationCapture(
                    expectations,
                    machineClock,
                    () -> role != NodeRole.NODE_ROLE_ACTIVE,
                    new ExpectationCounts(),
                    expectation -> {},
                    () -> {});
            Executor thread = tasks::add;
            replicator = new Replicator(
                    table,
                    expectations,
                    link,
                    thread,
                    machineClock,
                    "test",
                    counts,
                    rearmer::unplaced,
                    (owner, seconds) -> delays.add(seconds),
                    false,
                    selection,
                    exclusions);
            link.start(replicator.listener());
            capture = new Capture(
                    table,
                    new LocalTraffic(),
                    selection,
                    exclusions,
                    LabelMask.NONE,
                    machineClock,
                    captured,
                    this::hasStoodDown,
                    new Capture.Sinks() {
                        @Override
                        public void onDrained() {}

                        @Override
                        public void onOverrun() {
                            auditIsDue = true;
                            replicator.onEventsLost();
                        }

                        @Override
                        public void onFailed(Exception cause) {}
                    });
            comparison = new Comparison(table, capture, kernel.lookup(), captured);
        }

        private boolean hasStoodDown() {
            return role == NodeRole.NODE_ROLE_STANDBY || role == NodeRole.NODE_ROLE_FAULT;
        }

        void role(NodeRole now) {
            if (now != role) {
                kernel.forget();
            }
            while (kernel.readEvents(EVENTS_PER_TURN)) {
                // A role counts behind what the kernel has told.
            }
            role = now;
            replicator.role(now);
        }

        NodeRole role() {
            return role;
        }

        boolean isActive() {
            return role == NodeRole.NODE_ROLE_ACTIVE;
        }

        /** Nothing keeps it from hearing and being heard. */
        boolean isWell() {
            return !stopped && !frozen && !link.refuses && link.segment == 0;
        }

        boolean isUp() {
            return !stopped;
        }

        void active() {
            role(NodeRole.NODE_ROLE_ACTIVE);
        }

        void standby() {
            role(NodeRole.NODE_ROLE_STANDBY);
        }

        PeerView peer(String of) {
            return replicator.peers().stream()
                    .filter(peer -> peer.name().equals(of))
                    .findFirst()
                    .orElseThrow();
        }

        void audit() {
            audit(() -> {});
        }

        /** An audit whose dump was read before these things happened, and is looked at after them. */
        void audit(Runnable meanwhile) {
            comparison.begin((difference, slot) -> {});
            List<Flow> pages = new ArrayList<>();
            kernel.dump(pages::add);
            comparison.nextPage();
            meanwhile.run();
            pages.forEach(comparison::onEntry);
            try {
                while (comparison.step()) {
                    // The next part of the table.
                }
            } catch (NetlinkException e) {
                throw new AssertionError(e);
            }
            comparison.end();
            replicator.onKernelKnown(machineClock.nanos());
        }

        private void auditExpectations() {
            expectations.beginAudit();
            expected.dump();
            expectationCapture.auditAll();
        }

        private void tick() {
            if (frozen) {
                return;
            }
            // As the pump does.
            boolean isDue = ++ticks % 5 == 0;
            if (isDue) {
                rearmer.step();
            }
            if (isDue || !replicator.isAtRest()) {
                replicator.onTick();
            }
            if (ticks % 50 == 0) {
                auditExpectations();
            }
            long evictions = injected.of(Injections.Result.EVICTED);
            if (!auditsFail && (auditIsDue || (ticks % 50 == 0 && evictions != evictionsSeen))) {
                auditIsDue = false;
                evictionsSeen = evictions;
                audit();
            }
        }

        private boolean turn() {
            if (frozen) {
                return false;
            }
            bounds.begin();
            boolean busy = kernel.readEvents(EVENTS_PER_TURN);
            busy |= replicator.drain();
            busy |= !tasks.isEmpty();
            for (int waiting = tasks.size(); waiting > 0; waiting--) {
                tasks.remove().run();
            }
            busy |= ticks % injectEvery == 0 && injector.drain();
            busy |= expectationInjector.drain();
            replicator.onInjected();
            bounds.end();
            return busy || !tasks.isEmpty();
        }

        Set<String> tableTexts() {
            Set<String> texts = new TreeSet<>();
            Flow flow = new Flow();
            for (int slot = 0; slot < table.slots(); slot++) {
                if (table.isLive(slot)) {
                    table.load(slot, flow);
                    texts.add(FlowTexts.state(flow));
                }
            }
            return texts;
        }

        /** What the owners' accounts say is what a recount finds, and what the owner itself says. */
        void checkBooks() {
            for (Owner owner : table.owners().all()) {
                long counted = 0;
                for (int slot = 0; slot < table.slots(); slot++) {
                    if (table.isUsed(slot) && table.ownerOf(slot) == owner) {
                        counted++;
                    }
                }
                assertThat(owner.flows())
                        .as("flows of " + owner.name() + " at " + name)
                        .isEqualTo(counted);
                Node other = nodes.get(owner.name());
                if (other != null && other != this && !other.stopped && owner.isAlive()) {
                    Owner self = other.table.owners().self();
                    assertThat(owner.published())
                            .as(name + " about " + other.name)
                            .isEqualTo(self.published());
                    assertThat(owner.digest()).as(name + " about " + other.name).isEqualTo(self.digest());
                }
            }
            assertThat(table.toPublish().size()).as("to publish at " + name).isZero();
            assertThat(table.toInject().size()).as("to inject at " + name).isZero();
        }
    }
}
