package io.keepflow.node;

import io.keepflow.node.api.FlowFilter;
import io.keepflow.node.api.FlowRows;
import io.keepflow.node.api.MetricsSource;
import io.keepflow.node.api.NodeView;
import io.keepflow.node.capture.KernelAudit;
import io.keepflow.node.capture.KernelSettings;
import io.keepflow.node.cluster.PeerView;
import io.keepflow.node.cluster.Replicator;
import io.keepflow.node.cluster.Traffic;
import io.keepflow.node.failover.RoleControl;
import io.keepflow.node.netlink.Errno;
import io.keepflow.node.table.FlowTable;
import io.keepflow.node.table.Owner;
import io.keepflow.node.table.Owners;
import io.keepflow.protocol.Flow;
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
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.IntSupplier;

/** The node as operators and scrapers see it; asks the node's thread, in slices, and never makes it wait. */
final class NodeStatus implements NodeView, MetricsSource {
    private static final int SLOTS_PER_SLICE = 8192;
    private static final int TIMEOUT_SECONDS = 5;

    private final Identity identity;
    private final ExecutorService nodeThread;
    private final FlowTable table;
    private final Replicator replicator;
    private final RoleControl roles;
    private final Faults faults;
    private final NodeCounts counts;
    private final KernelAudit audit;
    private final IntSupplier unplaced;
    private final ExpectationStatus expectations;
    private final long startNanos = System.nanoTime();

    /** What does not change while the node runs. */
    record Identity(String node, String cluster, String version, boolean hasKeepalived) {}

    NodeStatus(
            Identity identity,
            ExecutorService nodeThread,
            FlowTable table,
            Replicator replicator,
            RoleControl roles,
            Faults faults,
            NodeCounts counts,
            KernelAudit audit,
            IntSupplier unplaced,
            ExpectationStatus expectations) {
        this.identity = identity;
        this.nodeThread = nodeThread;
        this.table = table;
        this.replicator = replicator;
        this.roles = roles;
        this.faults = faults;
        this.counts = counts;
        this.audit = audit;
        this.unplaced = unplaced;
        this.expectations = expectations;
    }

    @Override
    public Status status() {
        Status.Builder status = onNodeThread(this::tableStatus);
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
                .setInjected(counts.injections())
                .setInjectFailures(counts.injectionFailures())
                .setRejectedFrames(counts.rejectedFramesTotal());
        Faults.Fault fault = faults.last();
        if (fault != null) {
            status.setLastFault(fault.text()).setLastFaultAgoMs((now - fault.nanos()) / 1_000_000);
        }
        return status.addAllProblems(problems(status)).build();
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
                    .setVersion(peer.build())
                    .setRefused(peer.refused()));
        }
        return status;
    }

    private List<String> problems(Status.Builder status) {
        List<String> problems = new ArrayList<>();
        if (status.getPeersList().stream().noneMatch(Peer::getConnected)) {
            problems.add("no peer is connected: a failover now would lose connections");
        }
        for (Peer peer : status.getPeersList()) {
            if (!peer.getRefused().isEmpty()) {
                problems.add(peer.getName() + " " + peer.getRefused());
            } else if (!peer.getConnected()) {
                problems.add(peer.getName() + " is not connected");
            } else if (!peer.getComplete()) {
                problems.add("still fetching the flows of " + peer.getName());
            } else if (peer.getLagSeconds() > 1) {
                problems.add("%s is %.1f s behind".formatted(peer.getName(), peer.getLagSeconds()));
            }
        }
        addTwoActive(status, problems);
        if (status.getRole() == Role.ROLE_UNKNOWN && identity.hasKeepalived()) {
            problems.add("keepalived has not said which role this node has: is it running with vrrp_notify_fifo?");
        }
        if (unplaced.getAsInt() > 0) {
            problems.add("the kernel refuses %d flows of peers, the last with %s: is nf_conntrack_max large enough?"
                    .formatted(unplaced.getAsInt(), Errno.name(counts.injected().lastErrno())));
        }
        if (table.size() == table.maxFlows()) {
            problems.add("the table is full with %d flows, %d times one was left out: raise table.max_flows"
                    .formatted(table.maxFlows(), counts.tableFull()));
        }
        return problems;
    }

    private static void addTwoActive(Status.Builder status, List<String> problems) {
        if (status.getRole() != Role.ROLE_ACTIVE || KernelSettings.isLiberal()) {
            return;
        }
        for (Peer peer : status.getPeersList()) {
            if (peer.getConnected() && peer.getRole() == Role.ROLE_ACTIVE) {
                problems.add(peer.getName() + " is active as well. If that is meant, set"
                        + " net.netfilter.nf_conntrack_tcp_be_liberal to 1 on all nodes, or connections that cross two of them"
                        + " stall; if not, see why keepalived's announcements do not arrive");
            }
        }
    }

    @Override
    public void flows(FlowsRequest request, Consumer<FlowRow> sink) {
        FlowFilter filter = FlowFilter.of(request);
        int limit = filter.limit();
        long handed = 0;
        for (int from = 0; from >= 0; ) {
            List<FlowRow> rows = new ArrayList<>();
            int start = from;
            from = onNodeThread(() -> slice(start, filter, rows));
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
        return onNodeThread(expectations::rows);
    }

    @Override
    public Map<String, Long> expectationsByPlace() {
        return onNodeThread(expectations::byPlace);
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
    public Map<String, PeerLag> peers() {
        Map<String, PeerLag> lags = new LinkedHashMap<>();
        for (PeerView peer : onNodeThread(replicator::peers)) {
            lags.put(peer.name(), new PeerLag(peer.connected(), peer.lagSeconds(), peer.lagFlows()));
        }
        return lags;
    }

    @Override
    public Map<String, Long> flowsByOwner() {
        return onNodeThread(() -> {
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
        onNodeThread(replicator::peers).forEach(peer -> progress.put(peer.name(), peer.progress()));
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
        return Map.of("done", audit.done(), "failed", audit.failed());
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

    private <T> T onNodeThread(Callable<T> question) {
        try {
            return nodeThread.submit(question).get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IllegalStateException("the node's thread did not answer within " + TIMEOUT_SECONDS + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted");
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }
}
