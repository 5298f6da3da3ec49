package io.keepflow.node.api;

import io.keepflow.node.api.MetricsSource.LastAudit;
import io.keepflow.node.api.MetricsSource.PeerLag;
import io.keepflow.protocol.v1.Role;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;

/**
 * The node's meters. {@link #refresh} reads the source once and registers what has come up since: peers, owners, results
 * and reasons appear at run time.
 */
public final class NodeMetrics {
    private final MeterRegistry registry;
    private final MetricsSource source;
    private final PeerLags peerLags;
    private final Set<String> registered = new HashSet<>();
    private volatile Sample sample;

    /** What one reading of the source said. */
    private record Sample(
            Map<String, PeerLag> peers,
            Map<String, Long> flows,
            Map<String, Long> events,
            Map<String, Long> injections,
            Map<String, Long> rejected,
            Map<String, Long> expectations,
            Map<String, Long> expected,
            Map<String, Long> deltas,
            Map<String, Long> filtered,
            long heldFlows,
            long withdrawnFlows,
            Map<String, Double> resyncProgress,
            Map<String, Long> syncBytes,
            Map<String, Long> resyncBytes,
            Map<String, Long> resyncs,
            Map<String, Long> resyncDifferences,
            Map<String, Long> audits,
            Map<String, Long> kernelDifferences,
            LastAudit lastAudit,
            double secondsSinceOverrun,
            long eventBufferBytes,
            long overruns,
            long retransmissions,
            long publishBacklog,
            long injectBacklog,
            Role role,
            long ownershipMoves,
            long ownershipConflicts) {}

    public NodeMetrics(MeterRegistry registry, MetricsSource source, String version) {
        this(registry, source, version, System::nanoTime);
    }

    NodeMetrics(MeterRegistry registry, MetricsSource source, String version, LongSupplier nanoClock) {
        this.registry = registry;
        this.source = source;
        peerLags = new PeerLags(nanoClock);
        sample = read();
        registerFixed(version);
        refresh();
    }

    /** Reads the source; to be called before every scrape. */
    public synchronized void refresh() {
        sample = read();
        sample.peers().keySet().forEach(this::registerPeer);
        register(sample.flows(), "keepflow.flows", "owner", "Flows of the table by owner", Sample::flows, true);
        register(sample.events(), "keepflow.events", "type", "Kernel events read", Sample::events, false);
        register(sample.injections(), "keepflow.injections", "result", "Injections", Sample::injections, false);
        register(
                sample.expectations(),
                "keepflow.expectations",
                "place",
                "Connections that helpers expect",
                Sample::expectations,
                true);
        register(
                sample.expected(),
                "keepflow.expectation.results",
                "result",
                "What became of expectations",
                Sample::expected,
                false);
        register(
                sample.rejected(),
                "keepflow.rejected.frames",
                "reason",
                "Frames of the sync link that were rejected",
                Sample::rejected,
                false);
        register(
                sample.filtered(),
                "keepflow.filtered.flows",
                "reason",
                "Flows that the filter left out or held back",
                Sample::filtered,
                false);
        register(sample.deltas(), "keepflow.deltas", "way", "Changes of flows on the sync link", Sample::deltas, false);
        registerResyncs();
        register(sample.audits(), "keepflow.audits", "result", "Comparisons with the kernel", Sample::audits, false);
        register(
                sample.kernelDifferences(),
                "keepflow.kernel.differences",
                "kind",
                "Differences between table and kernel, repaired",
                Sample::kernelDifferences,
                false);
        register(
                sample.lastAudit().differences(),
                "keepflow.audit.last.differences",
                "kind",
                "Differences that the last comparison with the kernel found",
                s -> s.lastAudit().differences(),
                true);
    }

    private void registerResyncs() {
        register(
                sample.resyncProgress(),
                "keepflow.resync.progress",
                "peer",
                "How much of what the peer owns is here",
                Sample::resyncProgress,
                true);
        String sent = "Bytes sent on the sync link, before the seal";
        register(sample.syncBytes(), "keepflow.sync.bytes", "traffic", sent, Sample::syncBytes, false);
        register(sample.resyncBytes(), "keepflow.resync.bytes", "kind", sent, Sample::resyncBytes, false);
        register(sample.resyncs(), "keepflow.resyncs", "result", "Resyncs", Sample::resyncs, false);
        register(
                sample.resyncDifferences(),
                "keepflow.resync.differences",
                "what",
                "What differentials found",
                Sample::resyncDifferences,
                false);
    }

    private Sample read() {
        return new Sample(
                peerLags.update(source.peers()),
                Map.copyOf(source.flowsByOwner()),
                Map.copyOf(source.eventsByType()),
                Map.copyOf(source.injectionsByResult()),
                Map.copyOf(source.rejectedFramesByReason()),
                Map.copyOf(source.expectationsByPlace()),
                Map.copyOf(source.expectationsByResult()),
                Map.copyOf(source.deltasByWay()),
                Map.copyOf(source.filteredFlowsByReason()),
                source.heldFlows(),
                source.withdrawnFlows(),
                Map.copyOf(source.resyncProgress()),
                Map.copyOf(source.syncBytes()),
                Map.copyOf(source.resyncBytes()),
                Map.copyOf(source.resyncs()),
                Map.copyOf(source.resyncDifferences()),
                Map.copyOf(source.audits()),
                Map.copyOf(source.kernelDifferences()),
                source.lastAudit(),
                source.secondsSinceOverrun(),
                source.eventBufferBytes(),
                source.netlinkOverruns(),
                source.linkRetransmissions(),
                source.publishBacklog(),
                source.injectBacklog(),
                source.role(),
                source.ownershipMoves(),
                source.ownershipConflicts());
    }

    private void registerFixed(String version) {
        counter("keepflow.netlink.overruns", "Times the kernel dropped events", s -> s.overruns());
        gauge(
                "keepflow.netlink.last.overrun.age.seconds",
                "Since the kernel last dropped events",
                s -> s.secondsSinceOverrun());
        gauge("keepflow.netlink.buffer.bytes", "The kernel's buffer for events", s -> s.eventBufferBytes());
        registerLastAudit();
        counter(
                "keepflow.link.retransmissions",
                "Messages sent again because a peer had lost them",
                s -> s.retransmissions());
        counter("keepflow.withdrawn.flows", "Flows that the filter came to leave out", s -> s.withdrawnFlows());
        gauge("keepflow.held.flows", "Flows that the filter holds back now", s -> s.heldFlows());
        counter("keepflow.ownership.moves", "Flows that changed their owner", s -> s.ownershipMoves());
        counter("keepflow.ownership.conflicts", "Flows that two nodes claimed", s -> s.ownershipConflicts());
        gauge("keepflow.backlog.flows", "Flows that wait", "queue", "publish", s -> s.publishBacklog());
        gauge("keepflow.backlog.flows", "Flows that wait", "queue", "inject", s -> s.injectBacklog());
        for (Role role : Role.values()) {
            if (role != Role.UNRECOGNIZED) {
                String name = role.name().substring("ROLE_".length()).toLowerCase(Locale.ROOT);
                gauge("keepflow.role", "1 for the role that the node has", "role", name, s -> s.role() == role ? 1 : 0);
            }
        }
        gauge("keepflow.build.info", "Version of the node", "version", version, s -> 1);
        new JvmMemoryMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
    }

    private void registerLastAudit() {
        String name = "keepflow.audit.last.";
        gauge(
                name + "age.seconds",
                "Since the last comparison with the kernel",
                s -> s.lastAudit().secondsAgo());
        gauge(
                name + "duration.seconds",
                "How long the last comparison with the kernel took",
                s -> s.lastAudit().seconds());
        gauge(
                name + "entries",
                "Entries that the last comparison with the kernel saw",
                s -> s.lastAudit().compared());
    }

    private void registerPeer(String peer) {
        if (!registered.add("peer\0" + peer)) {
            return;
        }
        String behind = "How far the peer's kernel is behind this node's own flows";
        gauge(
                "keepflow.sync.lag.seconds",
                behind,
                "peer",
                peer,
                s -> lag(s, peer).seconds());
        gauge("keepflow.sync.lag.flows", behind, "peer", peer, s -> lag(s, peer).flows());
        gauge(
                "keepflow.peer.connected",
                "Whether the peer is reachable",
                "peer",
                peer,
                s -> lag(s, peer).connected() ? 1 : 0);
    }

    private static PeerLag lag(Sample sample, String peer) {
        PeerLag lag = sample.peers().get(peer);
        if (lag == null) {
            throw new IllegalStateException("the peer " + peer + " was forgotten");
        }
        return lag;
    }

    private void register(
            Map<String, ? extends Number> values,
            String name,
            String label,
            String description,
            Function<Sample, Map<String, ? extends Number>> part,
            boolean isGauge) {
        for (String value : values.keySet()) {
            if (registered.add(name + '\0' + value)) {
                ToDoubleFunction<Sample> reading = s -> read(part.apply(s), value);
                if (isGauge) {
                    gauge(name, description, label, value, reading);
                } else {
                    FunctionCounter.builder(name, this, m -> reading.applyAsDouble(m.sample))
                            .tag(label, value)
                            .description(description)
                            .register(registry);
                }
            }
        }
    }

    private static double read(Map<String, ? extends Number> values, String of) {
        Number value = values.get(of);
        return value == null ? 0 : value.doubleValue();
    }

    private void counter(String name, String description, ToDoubleFunction<Sample> reading) {
        FunctionCounter.builder(name, this, m -> reading.applyAsDouble(m.sample))
                .description(description)
                .register(registry);
    }

    private void gauge(String name, String description, ToDoubleFunction<Sample> reading) {
        Gauge.builder(name, this, m -> reading.applyAsDouble(m.sample))
                .description(description)
                .register(registry);
    }

    private void gauge(String name, String description, String label, String value, ToDoubleFunction<Sample> reading) {
        Gauge.builder(name, this, m -> reading.applyAsDouble(m.sample))
                .tag(label, value)
                .description(description)
                .register(registry);
    }
}
