package io.keepflow.node;

import io.keepflow.node.api.FlowFilter;
import io.keepflow.node.api.FlowRows;
import io.keepflow.node.api.MetricsSource;
import io.keepflow.node.api.NodeView;
import io.keepflow.node.cluster.PeerView;
import io.keepflow.node.cluster.Replicator;
import io.keepflow.node.cluster.Traffic;
import io.keepflow.node.failover.RoleControl;
import io.keepflow.node.table.FlowTable;
import io.keepflow.node.table.Owner;
import io.keepflow.node.table.Owners;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.v1.AuditSummary;
import io.keepflow.protocol.v1.ExpectationRow;
import io.keepflow.protocol.v1.FlowRow;
import io.keepflow.protocol.v1.FlowsRequest;
import io.keepflow.protocol.v1.NodeRole;
import io.keepflow.protocol.v1.Peer;
import io.keepflow.protocol.v1.Role;
import io.keepflow.protocol.v1.Status;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntSupplier;

/** The node as operators and scrapers see it; asks the node's thread, in slices, and never makes it wait. */
final class NodeStatus implements NodeView, MetricsSource {
    private static final int SLOTS_PER_SLICE = 8192;

    private final Identity identity;
    private final NodeThread nodeThread;
    private final FlowTable table;
    private final Replicator replicator;
    private final RoleControl roles;
    private final Faults faults;
    private final NodeCounts counts;
    private final Verification verification;
    private final ResyncOrder resyncOrder;
    private final EventBuffer eventBuffer;
    private final Problems problems;
    private final ExpectationStatus expectations;
    private final long startNanos = System.nanoTime();

    /** What does not change while the node runs. */
    record Identity(String node, String cluster, String version, boolean hasKeepalived) {}

    NodeStatus(
            Identity identity,
            NodeThread nodeThread,
            FlowTable table,
            Replicator replicator,
            RoleControl roles,
            Faults faults,
            NodeCounts counts,
            Verification verification,
            EventBuffer eventBuffer,
            IntSupplier unplaced,
            ExpectationStatus expectations) {
        this.identity = identity;
        this.nodeThread = nodeThread;
        this.table = table;
        this.replicator = replicator;
        this.roles = roles;
        this.faults = faults;
        this.counts = counts;
        this.verification = verification;
        this.eventBuffer = eventBuffer;
        resyncOrder = new ResyncOrder(replicator);
        problems = new Problems(table, counts, identity.hasKeepalived(), unplaced);
        this.expectations = expectations;
    }

    @Override
    public Status status() {
        Status.Builder status = nodeThread.ask(this::tableStatus);
        RoleControl.Current role = roles.current();
        long now = System.nanoTime();
        status.setNode(identity.node())
                .setCluster(identity.cluster())
                .setVersion(identity.version())
                .setRole(role.role())
                .setRoleSource(role.source())
                .setUptimeMs((now - startNanos) / 1_000_000)
                .setRoleMs((now - role.sinceNanos()) / 1_000_000)
                .setEvents(counts.events())
                .setOverruns(netlinkOverruns())
                .setEventBufferBytes(eventBuffer.bytes())
                .setInjected(counts.injections())
                .setInjectFailures(counts.injectionFailures())
                .setRejectedFrames(counts.rejectedFramesTotal());
        long sinceOverrun = eventBuffer.nanosSinceOverrun();
        if (sinceOverrun >= 0) {
            status.setLastOverrunAgoMs(sinceOverrun / 1_000_000);
        }
        AuditSummary lastAudit = verification.last();
        if (lastAudit != null) {
            status.setLastAudit(lastAudit);
        }
        Faults.Fault fault = faults.last();
        if (fault != null) {
            status.setLastFault(fault.text()).setLastFaultAgoMs((now - fault.nanos()) / 1_000_000);
        }
        return status.addAllProblems(problems.of(status)).build();
    }

    private Status.Builder tableStatus() {
        Owners owners = table.owners();
        long own = owners.self().flows();
        Status.Builder status = Status.newBuilder()
                .setFlowsOwn(own)
                .setFlowsUnowned(unowned(owners))
                .setFlowsPeers(table.size() - own - unowned(owners))
                .setPublishBacklog(publishBacklog())
                .setInjectBacklog(injectBacklog());
        if (counts.hasFilter()) {
            status.setFlowsHeld(table.held());
        }
        for (PeerView peer : replicator.peers()) {
            status.addPeers(Peer.newBuilder()
                    .setName(peer.name())
                    .setConnected(peer.connected())
                    .setRole(role(peer.role()))
                    .setFlows(peer.flows())
                    .setLagSeconds(peer.lagSeconds())
                    .setLagFlows(peer.lagFlows())
                    .setComplete(peer.complete())
                    .setSyncProgress(peer.progress())
                    .setSyncFlows(peer.resyncGot())
                    .setSyncExpected(peer.resyncExpected())
                    .setSyncRate(peer.resyncRate())
                    .setSyncRemainingSeconds(peer.resyncRemainingSeconds())
                    .setHoldsOurs(peer.holdsOurs())
                    .setSyncFailures(peer.resyncFailures())
                    .setVersion(peer.build())
                    .setRefused(peer.refused()));
        }
        return status;
    }

    @Override
    public void flows(FlowsRequest request, Consumer<FlowRow> sink) {
        FlowFilter filter = FlowFilter.of(request);
        int limit = filter.limit();
        long handed = 0;
        for (int from = 0; from >= 0; ) {
            List<FlowRow> rows = new ArrayList<>();
            int start = from;
            from = nodeThread.ask(() -> slice(start, filter, rows));
            for (FlowRow row : rows) {
                if (limit > 0 && handed == limit) {
                    return;
                }
                sink.accept(row);
                handed++;
            }
        }
    }

    /** Rows of the flows in one part of the table; where the next part begins, or -1. */
    private int slice(int from, FlowFilter filter, List<FlowRow> into) {
        int end = Math.min(table.slots(), from + SLOTS_PER_SLICE);
        Flow flow = new Flow();
        for (int slot = from; slot < end; slot++) {
            if (table.isLive(slot)) {
                table.load(slot, flow);
                String owner = table.ownerOf(slot).name();
                if (filter.matchesOwner(owner) && filter.matches(flow)) {
                    into.add(FlowRows.row(flow, owner, table.version(slot), table.is(slot, FlowTable.IN_KERNEL)));
                }
            }
        }
        return end < table.slots() ? end : -1;
    }

    @Override
    public List<ExpectationRow> expectations() {
        return nodeThread.ask(expectations::rows);
    }

    @Override
    public Map<String, Long> expectationsByPlace() {
        return nodeThread.ask(expectations::byPlace);
    }

    @Override
    public Map<String, Long> expectationsByResult() {
        return expectations.byResult();
    }

    @Override
    public String changeRole(Role role) {
        if (role != Role.ROLE_ACTIVE && role != Role.ROLE_STANDBY) {
            throw new IllegalStateException("a node is promoted to active or demoted to standby, nothing else");
        }
        roles.byHand(role);
        String word = role == Role.ROLE_ACTIVE ? "active" : "standby";
        return identity.hasKeepalived()
                ? "this node is " + word + " until keepalived says otherwise"
                : "this node is " + word;
    }

    @Override
    public AuditSummary verify(int limit, DifferenceSink sink) {
        return verification.run(limit, sink);
    }

    @Override
    public String resync(String peer) {
        return nodeThread.ask(() -> resyncOrder.begin(peer));
    }

    @Override
    public Map<String, PeerLag> peers() {
        Map<String, PeerLag> lags = new LinkedHashMap<>();
        for (PeerView peer : nodeThread.ask(replicator::peers)) {
            lags.put(peer.name(), new PeerLag(peer.connected(), peer.lagSeconds(), peer.lagFlows()));
        }
        return lags;
    }

    @Override
    public Map<String, Long> flowsByOwner() {
        return nodeThread.ask(() -> {
            Map<String, Long> flows = new LinkedHashMap<>();
            for (Owner owner : table.owners().all()) {
                String name = owner.index() == Owners.SELF ? "self" : owner.name();
                flows.merge(name, owner.flows(), Long::sum);
            }
            return flows;
        });
    }

    @Override
    public Map<String, Long> eventsByType() {
        return counts.eventsByType();
    }

    @Override
    public Map<String, Long> injectionsByResult() {
        return counts.injectionsByResult();
    }

    @Override
    public Map<String, Long> rejectedFramesByReason() {
        return counts.rejectedFrames();
    }

    @Override
    public Map<String, Long> filteredFlowsByReason() {
        return counts.exclusions().byReason();
    }

    @Override
    public long heldFlows() {
        return table.held();
    }

    @Override
    public long withdrawnFlows() {
        return counts.replicated().withdrawn.sum();
    }

    @Override
    public Map<String, Double> resyncProgress() {
        Map<String, Double> progress = new LinkedHashMap<>();
        nodeThread.ask(replicator::peers).forEach(peer -> progress.put(peer.name(), peer.progress()));
        return progress;
    }

    @Override
    public Map<String, Long> syncBytes() {
        return counts.bytesSent(Traffic.LIVE, Traffic.UPKEEP);
    }

    @Override
    public Map<String, Long> resyncBytes() {
        return counts.bytesSent(Traffic.SNAPSHOT, Traffic.DIFFERENTIAL);
    }

    @Override
    public Map<String, Long> resyncs() {
        return counts.resyncs();
    }

    @Override
    public Map<String, Long> resyncDifferences() {
        return counts.resyncDifferences();
    }

    @Override
    public long linkRetransmissions() {
        return counts.link().retransmissions();
    }

    @Override
    public long netlinkOverruns() {
        return counts.captured().overruns.sum();
    }

    @Override
    public long publishBacklog() {
        return table.toPublish().size();
    }

    @Override
    public long injectBacklog() {
        return table.toInject().size();
    }

    @Override
    public Role role() {
        return roles.current().role();
    }

    @Override
    public long ownershipMoves() {
        return counts.captured().ownershipMoves.sum()
                + counts.replicated().claims.sum();
    }

    @Override
    public long ownershipConflicts() {
        return counts.replicated().ownershipConflicts.sum();
    }

    @Override
    public Map<String, Long> audits() {
        return verification.audits();
    }

    @Override
    public LastAudit lastAudit() {
        return verification.lastMeasured();
    }

    @Override
    public long eventBufferBytes() {
        return eventBuffer.bytes();
    }

    @Override
    public double secondsSinceOverrun() {
        long nanos = eventBuffer.nanosSinceOverrun();
        return nanos < 0 ? Double.NaN : nanos / 1e9;
    }

    @Override
    public Map<String, Long> kernelDifferences() {
        return counts.kernelDifferences();
    }

    @Override
    public Map<String, Long> deltasByWay() {
        return counts.deltasByWay();
    }

    private static long unowned(Owners owners) {
        return owners.all().stream()
                .filter(owner -> owner.index() != Owners.SELF && !owner.isAlive())
                .mapToLong(Owner::flows)
                .sum();
    }

    private static Role role(NodeRole role) {
        Role same = Role.forNumber(role.getNumber());
        return same == null ? Role.ROLE_UNKNOWN : same;
    }
}
