package io.keepflow.node.cluster;

import static org.assertj.core.api.Assertions.fail;

import io.keepflow.node.cluster.SimulatedCluster.Node;
import io.keepflow.node.table.Owner;
import io.keepflow.node.table.Owners;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.v1.NodeRole;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One random run of two to four nodes, the same for the same seed: traffic, faults, changes of role. At its end all is healed,
 * one node is active, and all must hold what that node's kernel has.
 */
final class FuzzRun {
    private static final String[] NAMES = {"one", "two", "three", "four"};

    /** How long the nodes may take to agree once all is healed, and how often they are looked at meanwhile. */
    private static final int SETTLE_MS = 60_000;

    private static final int LOOK_MS = 500;

    /** The first may find that a flow is to be taken back, the second that the kernel had it otherwise. */
    private static final int AUDITS = 2;

    private static final int TICKS_PER_CHECK = 5;

    /** After so long without a fault, all have heard of the end of a flow. */
    private static final long CALM_NANOS = 3_000_000_000L;

    private final Random random;
    private final FuzzedFlows flows;
    final SimulatedCluster cluster = new SimulatedCluster();
    private final Weather weather;
    private final List<String> log = new ArrayList<>();
    private final Map<String, Long> ended = new LinkedHashMap<>();
    private final Set<String> certainlyEnded = new HashSet<>();
    private final Map<String, Known> known = new LinkedHashMap<>();
    private final int nodes;
    private long lastFaultNanos;
    private long viewsSeen;
    private int ticks;

    /** How bad the network and the kernels are in this run. */
    private static final class Weather {
        final int frameDelayMs;
        final int viewDelayMs;
        final boolean defersEvents;
        final int refusalsPerThousand;
        final boolean asymmetric;
        final boolean byHand;
        boolean isOver;

        Weather(Random random) {
            frameDelayMs = random.nextInt(3) == 0 ? 0 : random.nextInt(120);
            viewDelayMs = random.nextInt(3) == 0 ? 0 : random.nextInt(1500);
            defersEvents = random.nextBoolean();
            refusalsPerThousand = random.nextInt(3) == 0 ? random.nextInt(100) : 0;
            asymmetric = random.nextInt(3) == 0;
            byHand = random.nextInt(3) == 0;
        }
    }

    /** Owner and version of a record, to see them rise. */
    private record Known(Owner owner, long version) {}

    FuzzRun(long seed) {
        random = new Random(seed * 0x9e3779b97f4a7c15L + 7);
        flows = new FuzzedFlows(random);
        weather = new Weather(random);
        nodes = 2 + random.nextInt(NAMES.length - 1);
        cluster.afterTick = this::checkVersions;
        cluster.network.frameDelay = () -> weather.isOver ? 1 : random.nextInt(weather.frameDelayMs + 1);
        cluster.network.viewDelay = () -> weather.isOver ? 1 : random.nextInt(weather.viewDelayMs + 1);
    }

    /** What was done, for the message of a failure. */
    List<String> log() {
        return log;
    }

    void run(int steps) {
        for (int i = 0; i < nodes; i++) {
            start(NAMES[i]);
        }
        cluster.nodes.values().forEach(Node::standby);
        one(node -> true).active();
        for (int i = 0; i < steps; i++) {
            step();
            pass(random.nextInt(8) == 0 ? random.nextInt(15_000) : random.nextInt(300));
        }
        calm();
    }

    private void start(String name) {
        Node old = cluster.nodes.get(name);
        Node node = cluster.start(name);
        node.kernel.defersEvents = weather.defersEvents;
        node.kernel.onDeleted = entry -> deleted(name, entry);
        node.kernel.refusal = () -> !weather.isOver && random.nextInt(1000) < weather.refusalsPerThousand ? 12 : 0;
        if (old != null) {
            node.link.segment = old.link.segment;
            cluster.network.change();
        }
        say("start " + name);
    }

    private void deleted(String name, SimulatedKernel.Entry entry) {
        Node node = node(name);
        if (entry.isLive && node.isActive() && count(Node::isActive) == 1) {
            fail(name + " is active and deleted its live " + FlowTexts.state(entry.flow));
        }
    }

    private void step() {
        int dice = random.nextInt(100);
        Node active = maybe(node -> node.isUp() && node.isActive());
        if (dice < 55) {
            traffic(weather.asymmetric && random.nextInt(10) == 0 ? maybe(Node::isUp) : active);
        } else if (dice < 65) {
            end(active);
        } else if (dice < 80) {
            fault();
        } else if (dice < 92) {
            heal();
        } else if (dice < 97) {
            moveRole();
        } else if (weather.byHand) {
            byHand();
        }
    }

    private void traffic(@Nullable Node node) {
        if (node == null) {
            return;
        }
        for (int i = random.nextInt(12); i >= 0; i--) {
            Flow fresh = flows.fresh();
            SimulatedKernel.Entry entry = node.kernel.entry(fresh);
            packet(node, entry == null ? fresh : flows.next(entry.flow), 0);
        }
        say("traffic " + node.name);
    }

    private void packet(Node node, Flow flow, int portId) {
        if (node.kernel.change(flow, portId)) {
            ended.remove(FlowTexts.identity(flow));
            certainlyEnded.remove(FlowTexts.identity(flow));
        }
    }

    private void end(@Nullable Node node) {
        if (node == null) {
            return;
        }
        for (int i = random.nextInt(3); i >= 0; i--) {
            Flow flow = anyOf(node);
            if (flow != null) {
                node.kernel.end(flow);
                ended.put(FlowTexts.identity(flow), cluster.clock.nanos());
                if (random.nextInt(4) == 0) {
                    packet(node, flows.fresh(), 0);
                }
            }
        }
        say("end " + node.name);
    }

    private @Nullable Flow anyOf(Node node) {
        List<SimulatedKernel.Entry> entries = List.copyOf(node.kernel.entries().values());
        return entries.isEmpty() ? null : entries.get(random.nextInt(entries.size())).flow;
    }

    private void fault() {
        Node node = one(any -> true);
        switch (random.nextInt(6)) {
            case 0 -> stop(node);
            case 1 -> {
                say("segment " + node.name);
                cluster.move(node, random.nextInt(3));
            }
            case 2 -> {
                say("freeze " + node.name);
                node.frozen = true;
            }
            case 3 -> {
                say("full " + node.name);
                node.kernel.maxEntries = random.nextInt(12);
            }
            case 4 -> {
                say("refuses " + node.name);
                node.link.refuses = true;
            }
            default -> {
                say("audit " + node.name);
                if (node.isUp()) {
                    node.audit();
                }
            }
        }
    }

    private void stop(Node node) {
        if (node.isUp()) {
            say("stop " + node.name);
            cluster.stop(node);
        }
    }

    private void heal() {
        Node node = one(any -> true);
        say("heal " + node.name);
        node.frozen = false;
        node.link.refuses = false;
        node.kernel.maxEntries = Integer.MAX_VALUE;
        if (node.link.segment != 0) {
            cluster.move(node, 0);
        }
        if (!node.isUp()) {
            NodeRole before = node.role();
            start(node.name);
            node(node.name).role(random.nextInt(4) == 0 ? NodeRole.NODE_ROLE_UNKNOWN : standingDown(before));
        }
    }

    /** What keepalived tells a node that starts: nothing of an active role that it had. */
    private NodeRole standingDown(NodeRole before) {
        return before == NodeRole.NODE_ROLE_ACTIVE && random.nextBoolean()
                ? NodeRole.NODE_ROLE_ACTIVE
                : NodeRole.NODE_ROLE_STANDBY;
    }

    private void moveRole() {
        Node next = one(Node::isUp);
        say("role to " + next.name);
        boolean overlaps = random.nextBoolean();
        if (overlaps) {
            next.active();
            pass(random.nextInt(500));
        }
        for (Node node : cluster.nodes.values()) {
            if (node != next && node.isUp() && random.nextInt(10) > 0) {
                node.role(random.nextInt(3) == 0 ? NodeRole.NODE_ROLE_FAULT : NodeRole.NODE_ROLE_STANDBY);
            }
        }
        if (!overlaps) {
            pass(random.nextInt(3000));
            next.active();
        }
    }

    private void byHand() {
        Node node = one(any -> true);
        say("by hand " + node.name);
        switch (random.nextInt(3)) {
            case 0 -> List.copyOf(node.kernel.entries().values()).forEach(entry -> node.kernel.end(entry.flow));
            case 1 -> {
                Flow flow = anyOf(node);
                if (flow != null) {
                    node.kernel.end(flow);
                }
            }
            default -> {
                Flow fresh = flows.fresh();
                SimulatedKernel.Entry entry = node.kernel.entry(fresh);
                packet(node, entry == null ? fresh : flows.next(entry.flow), 999);
            }
        }
    }

    /** Lets time pass, and looks at what must hold at any time. */
    private void pass(int millis) {
        cluster.run(millis);
        checkEnded();
    }

    /** A version falls only when its owner is dead to the node, or does not stand for it any more. */
    private void checkVersions() {
        if (++ticks % TICKS_PER_CHECK != 0) {
            return;
        }
        if (cluster.network.views != viewsSeen) {
            // An owner may have been dead and back meanwhile.
            viewsSeen = cluster.network.views;
            known.clear();
        }
        Map<String, Known> now = new LinkedHashMap<>();
        Flow flow = new Flow();
        for (Node node : cluster.nodes.values()) {
            for (int slot = 0; slot < node.table.slots(); slot++) {
                if (node.table.isLive(slot) && node.table.ownerIndex(slot) != Owners.NOBODY) {
                    node.table.load(slot, flow);
                    String record = node.name + " " + node.link.self() + " " + slot + " " + FlowTexts.identity(flow);
                    Known is = new Known(node.table.ownerOf(slot), node.table.version(slot));
                    check(flow, record, known.get(record), is);
                    now.put(record, is);
                }
            }
        }
        known.clear();
        known.putAll(now);
    }

    private void check(Flow flow, String record, @Nullable Known was, Known is) {
        if (was != null && is.version > 0 && is.version < was.version && was.owner.isAlive() && standsFor(was, flow)) {
            fail("a version fell from %d of %s to %d of %s: %s"
                    .formatted(was.version, was.owner.name(), is.version, is.owner.name(), record));
        }
    }

    private boolean standsFor(Known record, Flow flow) {
        Node owner = node(record.owner.name());
        int slot = owner.table.find(flow);
        return owner.table.owners().self().boot() == record.owner.boot()
                && slot >= 0
                && owner.table.isPublished(slot)
                && owner.table.version(slot) >= record.version;
    }

    /** In a calm moment a flow that its owner ended is nowhere, and from then on nobody may bring it back but packets. */
    private void checkEnded() {
        Set<String> held = new HashSet<>();
        for (Node node : cluster.nodes.values()) {
            node.kernel.entries().keySet().forEach(held::add);
        }
        for (String identity : certainlyEnded) {
            if (held.contains(identity)) {
                fail("came back from the dead: " + identity);
            }
        }
        if (count(Node::isWell) < nodes) {
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

    /** Heals everything, waits until it is quiet, and compares. */
    private void calm() {
        weather.isOver = true;
        for (Node node : List.copyOf(cluster.nodes.values())) {
            node.frozen = false;
            node.link.refuses = false;
            node.kernel.maxEntries = Integer.MAX_VALUE;
            node.link.segment = 0;
            if (!node.isUp()) {
                start(node.name);
                node(node.name).standby();
            }
        }
        cluster.network.change();
        Node active = maybe(Node::isActive);
        if (active == null) {
            active = one(node -> true);
            say("active at last: " + active.name);
        } else {
            say("stays active: " + active.name);
        }
        for (Node node : cluster.nodes.values()) {
            if (node != active) {
                node.standby();
            }
        }
        if (!active.isActive()) {
            cluster.run(random.nextInt(3000));
            active.active();
        }
        for (int i = 0; i < AUDITS; i++) {
            cluster.run(6000);
            cluster.nodes.values().forEach(Node::audit);
        }
        settle(active);
    }

    private void settle(Node active) {
        for (int waited = 0; ; waited += LOOK_MS) {
            cluster.run(LOOK_MS);
            try {
                cluster.assertAllHold(active.kernel.entries().values().stream()
                        .map(entry -> entry.flow)
                        .toList());
                checkEnded();
                return;
            } catch (AssertionError e) {
                if (waited >= SETTLE_MS) {
                    throw e;
                }
            }
        }
    }

    private long count(Predicate<Node> wanted) {
        return cluster.nodes.values().stream().filter(wanted).count();
    }

    private Node node(String name) {
        Node node = cluster.nodes.get(name);
        if (node == null) {
            throw new IllegalArgumentException(name);
        }
        return node;
    }

    private @Nullable Node maybe(Predicate<Node> wanted) {
        List<Node> all = cluster.nodes.values().stream().filter(wanted).toList();
        return all.isEmpty() ? null : all.get(random.nextInt(all.size()));
    }

    private Node one(Predicate<Node> wanted) {
        Node node = maybe(wanted);
        return node != null ? node : cluster.nodes.values().iterator().next();
    }

    private void say(String what) {
        log.add(cluster.clock.nanos() / 1_000_000 + " " + what);
    }
}
