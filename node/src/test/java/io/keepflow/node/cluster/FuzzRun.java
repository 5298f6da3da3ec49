package io.keepflow.node.cluster;

import io.keepflow.node.cluster.FuzzScript.Step;
import io.keepflow.node.cluster.SimulatedCluster.Node;
import io.keepflow.node.cluster.SimulatedWire.Fate;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One run of a script: the nodes of its world, and its steps one after another. At its end all is healed, it is quiet, and all
 * nodes must agree. What must hold at any time is looked at all the time.
 */
final class FuzzRun {
    private static final List<String> NAMES = List.of("one", "two", "three", "four", "five");
    private static final int ENOMEM = 12;

    final FuzzScript script;
    final SimulatedCluster cluster;
    final FuzzTrace trace;
    final EndedFlows ended;
    private final PublicationWatch publications;
    private final RecordWatch records;
    private final FuzzTraffic traffic;
    private final FuzzFaults faults;
    private final FuzzRoles roles;
    private final Random weather;
    private boolean isCalm;

    FuzzRun(FuzzScript script, boolean withDetails) {
        this.script = script;
        cluster = new SimulatedCluster(script.of("seed"));
        weather = new Random(script.of("seed") + 1L);
        trace = new FuzzTrace(cluster.clock, withDetails);
        ended = new EndedFlows(cluster);
        publications = new PublicationWatch(cluster.clock, trace);
        records = new RecordWatch(cluster, publications);
        traffic = new FuzzTraffic(this);
        faults = new FuzzFaults(this);
        roles = new FuzzRoles(this);
        cluster.afterTick = this::look;
        prepare(cluster.network);
    }

    private void prepare(SimulatedNetwork network) {
        network.frameDelay = () -> isCalm ? 1 : weather.nextInt(script.of("delayMs") + 1);
        network.viewDelay = () -> isCalm ? 1 : weather.nextInt(script.of("viewDelayMs") + 1);
        network.gap = () -> !isCalm && script.has("gap") && weather.nextInt(10_000) < script.of("gap");
        network.wire.fate = this::fate;
        network.toNextSegment = () -> script.of("toNextSegment");
        if (script.has("payload")) {
            network.maxPayload = script.of("payload");
        }
    }

    private Fate fate() {
        int dice = isCalm ? 1000 : weather.nextInt(1000);
        dice -= script.of("loss");
        if (dice < 0) {
            return Fate.LOST;
        }
        dice -= script.of("doubled");
        if (dice < 0) {
            return Fate.DOUBLED;
        }
        dice -= script.of("broken");
        if (dice < 0) {
            return Fate.BROKEN;
        }
        return dice < script.of("replayed") ? Fate.REPLAYED : Fate.ARRIVES;
    }

    void run() {
        for (String name : NAMES.subList(0, script.of("nodes"))) {
            start(name);
        }
        roles.first();
        for (Step step : script.steps()) {
            carryOut(step, new Random(step.salt()));
            pass(step.pauseMs());
        }
        isCalm = true;
        faults.healAll();
        Node active = roles.last(new Random(script.of("seed") + 2L));
        new FuzzAgreement(this, active).await();
        cluster.nodes.values().forEach(this::mixIn);
    }

    private void mixIn(Node node) {
        trace.mix(node.tableTexts().hashCode());
        trace.mix(node.kernel.entries().keySet().hashCode());
    }

    private void carryOut(Step step, Random random) {
        switch (step.verb()) {
            case "traffic", "end", "flush", "delete", "change" -> traffic.carryOut(step.verb(), random);
            case "role", "flap" -> roles.carryOut(step.verb(), random);
            default -> faults.carryOut(step.verb(), random);
        }
    }

    /** Starts a node, or another run of one that died. */
    Node start(String name) {
        Node old = cluster.nodes.get(name);
        Node node = cluster.start(name);
        node.kernel.defersEvents = script.has("defersEvents");
        node.kernel.eventBuffer = script.has("eventBuffer") ? script.of("eventBuffer") : Integer.MAX_VALUE;
        node.kernel.refusal = () -> !isCalm && refuses() ? ENOMEM : 0;
        node.kernel.onDeleted = entry -> deleted(name, entry);
        node.kernel.onRequest = (kind, flow, errno) -> {
            trace.mix(kind * 64L + errno);
            if (trace.isFull) {
                trace.detail(name, "asks %d for %s: %d", kind, FlowTexts.identity(flow), errno);
            }
        };
        node.injectEvery = Math.max(1, script.of("injectEvery"));
        publications.watch(node);
        if (old != null) {
            node.link.segment = old.link.segment;
            cluster.network.change();
        }
        trace.step("start " + name);
        return node;
    }

    private boolean refuses() {
        return script.has("refusals") && weather.nextInt(1000) < script.of("refusals");
    }

    private void deleted(String name, SimulatedKernel.Entry entry) {
        Node node = node(name);
        if (entry.isLive && node.isActive() && (script.has("activeActive") || count(Node::isActive) == 1)) {
            throw new AssertionError("live: %s is active and deleted %s".formatted(name, FlowTexts.state(entry.flow)));
        }
    }

    /** Gives a node a role. */
    void role(Node node, Runnable change) {
        publications.look(node);
        change.run();
        publications.look(node);
        trace.step(node.name + " is " + node.role());
    }

    /** Lets time pass, and looks at what must hold at any time. */
    void pass(int millis) {
        cluster.run(millis);
        ended.look();
    }

    private void look() {
        cluster.nodes.values().forEach(publications::look);
        records.look();
    }

    long count(Predicate<Node> wanted) {
        return cluster.nodes.values().stream().filter(wanted).count();
    }

    Node node(String name) {
        Node node = cluster.nodes.get(name);
        if (node == null) {
            throw new IllegalArgumentException(name);
        }
        return node;
    }

    @Nullable
    Node maybe(Predicate<Node> wanted, Random random) {
        List<Node> all = cluster.nodes.values().stream().filter(wanted).toList();
        return all.isEmpty() ? null : all.get(random.nextInt(all.size()));
    }

    Node one(Predicate<Node> wanted, Random random) {
        Node node = maybe(wanted, random);
        return node != null ? node : cluster.nodes.values().iterator().next();
    }
}
