package io.keepflow.node;

import io.keepflow.crypto.ClusterKey;
import io.keepflow.crypto.Sealer;
import io.keepflow.node.api.ControlServer;
import io.keepflow.node.api.DelayTimers;
import io.keepflow.node.api.MetricsServer;
import io.keepflow.node.api.NodeMetrics;
import io.keepflow.node.capture.Capture;
import io.keepflow.node.capture.CaptureCounts;
import io.keepflow.node.capture.Comparison;
import io.keepflow.node.capture.DumpReader;
import io.keepflow.node.capture.ExpectationAudit;
import io.keepflow.node.capture.ExpectationCapture;
import io.keepflow.node.capture.ExpectationCounts;
import io.keepflow.node.capture.KernelAudit;
import io.keepflow.node.capture.KernelSettings;
import io.keepflow.node.capture.LocalTraffic;
import io.keepflow.node.capture.SequenceWatch;
import io.keepflow.node.cluster.ClusterCounts;
import io.keepflow.node.cluster.JGroupsLink;
import io.keepflow.node.cluster.Replicator;
import io.keepflow.node.config.Config;
import io.keepflow.node.failover.KeepalivedFifo;
import io.keepflow.node.failover.RoleControl;
import io.keepflow.node.filter.Exclusions;
import io.keepflow.node.inject.ExpectationInjector;
import io.keepflow.node.inject.Injections;
import io.keepflow.node.inject.Injector;
import io.keepflow.node.inject.Rearmer;
import io.keepflow.node.netlink.ConntrackEvents;
import io.keepflow.node.netlink.ConntrackLookup;
import io.keepflow.node.netlink.ConntrackRequests;
import io.keepflow.node.netlink.DumpScope;
import io.keepflow.node.netlink.ExpectationDump;
import io.keepflow.node.netlink.ExpectationRequests;
import io.keepflow.node.netlink.LabelMask;
import io.keepflow.node.netlink.NetlinkIoHandler;
import io.keepflow.node.netlink.Scheduling;
import io.keepflow.node.table.ExpectationTable;
import io.keepflow.node.table.FlowTable;
import io.keepflow.node.table.Owners;
import io.keepflow.node.time.Clock;
import io.keepflow.protocol.v1.NodeRole;
import io.keepflow.protocol.v1.Role;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.SocketException;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One running node: kernel, table and cluster joined, from top to bottom as the data travels. */
public final class Node implements AutoCloseable {
    private static final int REARM_TICKS = 5;
    private static final int SEQUENCE_TICKS = 5;

    /** An evicted entry is known by its reply tuple only, and its end is no event: an audit finds whose it was. */
    private static final int EVICTION_TICKS = 50;

    /** Once a second: most changes of expectations are no event. */
    private static final int EXPECTATION_TICKS = 50;

    private static final int EXPECTATION_BUFFER_BYTES = 1 << 20;
    private static final int LOCAL_ADDRESS_SECONDS = 2;
    private static final Logger LOG = LoggerFactory.getLogger(Node.class);

    private final Deque<AutoCloseable> closeables = new ArrayDeque<>();
    private final CompletableFuture<Void> fatal = new CompletableFuture<>();
    private final Faults faults = new Faults();

    private Node() {}

    /** Runs a node until the process is told to end, or until it cannot go on. */
    public static void run(Config config) throws Exception {
        try (Node node = open(config)) {
            Runtime.getRuntime().addShutdownHook(new Thread(node::close, "keepflow-shutdown"));
            node.fatal.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    /** A node that runs until it is closed. */
    public static Node open(Config config) throws Exception {
        Node node = new Node();
        try {
            node.start(config);
            return node;
        } catch (Exception e) {
            node.close();
            throw e;
        }
    }

    private void start(Config config) throws Exception {
        Scheduling.soon();
        Scheduling.batchCompilers();
        ClusterKey key = ClusterKey.read(config.cluster().keyFile());
        KernelSettings.prepare().ifPresent(this::fault);
        Clock clock = Clock.system();
        CaptureCounts captured = new CaptureCounts();
        Injections injected = new Injections();
        ClusterCounts replicated = new ClusterCounts();
        Exclusions exclusions = new Exclusions(config.replicate());
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        DelayTimers delays = new DelayTimers(registry);
        SecureRandom random = new SecureRandom();
        RoleControl roles = new RoleControl();
        EventLoop loop = eventLoop("keepflow-node");
        Pump pump = new Pump(loop, faults);

        Owners owners = new Owners(config.node().name(), random.nextLong() | 1);
        FlowTable table = new FlowTable(config.table().maxFlows(), owners, random.nextLong());

        LabelMask labelMask = LabelMask.of(config.state().labelMask());

        ExpectationTable expectations = new ExpectationTable(KernelSettings.maxExpectations(), owners);

        // What comes from peers goes into the kernel …
        ConntrackRequests requests = closing(ConntrackRequests.open(labelMask));
        BooleanSupplier isPassive = () -> roles.current().role() != Role.ROLE_ACTIVE;
        Injector injector = new Injector(table, new ConntrackKernel(requests, faults), clock, isPassive, injected);
        Rearmer rearmer = new Rearmer(table, injector, clock);
        ExpectationRequests expectationRequests = closing(ExpectationRequests.open());
        ExpectationInjector expectationInjector =
                new ExpectationInjector(expectations, new ConntrackExpectations(expectationRequests), clock);

        // … over the link, which also takes what this node owns to them …
        JGroupsLink link = closing(new JGroupsLink(Links.options(config), key, loop));
        Replicator replicator = new Replicator(
                table,
                expectations,
                link,
                pump,
                clock,
                BuildVersion.current(),
                replicated,
                rearmer::unplaced,
                delays::record,
                config.failover().isEmpty(),
                config.replicate(),
                exclusions);

        // … which is what its kernel says.
        LocalTraffic local = new LocalTraffic();
        local.refresh();
        EventBuffer buffer = new EventBuffer(clock, config.table().eventBufferMaxBytes());
        CaptureSinks sinks = new CaptureSinks(pump, buffer);
        Capture capture = new Capture(
                table,
                local,
                config.replicate(),
                exclusions,
                labelMask,
                clock,
                captured,
                () -> hasStoodDown(roles.current().role()),
                sinks);
        SequenceWatch sequences = new SequenceWatch(table, closing(ConntrackLookup.open(labelMask)), capture);
        Comparison comparison = new Comparison(table, capture, closing(ConntrackLookup.open(labelMask)), captured);
        EventLoop dumpLoop = eventLoop("keepflow-dump");
        dumpLoop.execute(Scheduling::batch);
        DumpReader dumps = new DumpReader(dumpLoop, loop, DumpScope.of(config.replicate()), labelMask);
        KernelAudit audit =
                closing(new KernelAudit(loop, dumps, comparison, clock, faults::record, replicator::onKernelKnown));
        sinks.audit(audit, replicator::onEventsLost);

        ExpectationCounts expected = new ExpectationCounts();
        ExpectationCapture expectationCapture =
                new ExpectationCapture(expectations, clock, isPassive, expected, sequences::expected, pump::run);
        ExpectationAudit expectationAudit =
                closing(new ExpectationAudit(loop, expectations, expectationCapture, ExpectationDump.open()));

        pump.stage(sequences::drain);
        pump.stage(replicator::drain);
        pump.stage(injector::drain);
        pump.stage(expectationInjector::drain);
        pump.stage(replicator::onInjected);
        pump.restWhile(replicator::isAtRest);
        pump.every(1, replicator::onTick);
        pump.every(REARM_TICKS, rearmer::step);
        pump.every(EXPECTATION_TICKS, expectationAudit::start);
        pump.every(SEQUENCE_TICKS, sequences::step);
        pump.every(EVICTION_TICKS, new OnRise(() -> injected.of(Injections.Result.EVICTED), audit::soon));

        NodeCounts counts = new NodeCounts(
                captured, injected, replicated, exclusions, !config.replicate().isEverything(), link);
        NodeStatus.Identity identity = new NodeStatus.Identity(
                config.node().name(),
                config.cluster().name(),
                BuildVersion.current(),
                config.failover().isPresent());
        ExpectationStatus expectationStatus =
                new ExpectationStatus(expectations, expectationInjector, expected, replicated, clock);
        NodeThread thread = new NodeThread(loop);
        NodeStatus status = new NodeStatus(
                identity,
                thread,
                table,
                replicator,
                roles,
                faults,
                counts,
                new Verification(audit, thread, table, clock),
                buffer,
                rearmer::unplaced,
                expectationStatus);
        NodeMetrics metrics = new NodeMetrics(registry, status, BuildVersion.current());

        ConntrackEvents events = closing(ConntrackEvents.open(
                loop, config.table().eventBufferBytes(), new int[] {requests.portId()}, config.replicate(), capture));
        buffer.of(events);
        closing(ConntrackEvents.openExpectations(
                loop, EXPECTATION_BUFFER_BYTES, new int[] {expectationRequests.portId()}, expectationCapture));
        NewEntryEvents newEntries = new NewEntryEvents(
                events::hearNew,
                () -> hasStoodDown(roles.current().role()),
                replicator::takesInSnapshot,
                table.toInject()::size,
                audit::start,
                faults);
        pump.every(1, newEntries::step);
        RoleChanges changes = new RoleChanges(pump, events::read, events::turnsOfFullBuffer, role -> {
            newEntries.step();
            replicator.role(role);
            if (replicator.waitsForAudit()) {
                audit.start();
            }
        });
        roles.listen(role -> changes.change(NodeRole.forNumber(role.getNumber())));
        if (config.failover().isPresent()) {
            closing(KeepalivedFifo.open(config.failover().get().keepalivedFifo(), roles::fromKeepalived));
        }
        pump.start();
        closing(pump::stop);
        loop.execute(audit::start);
        closing(every(LOCAL_ADDRESS_SECONDS, () -> refresh(local)));
        link.start(replicator.listener());
        closing(ControlServer.start(config.control().socket(), status));
        if (config.metrics().isPresent()) {
            closing(MetricsServer.start(config.metrics().get().listen(), () -> {
                metrics.refresh();
                return registry.scrape();
            }));
        }
        LOG.info(
                "{} is running in cluster {}, key {}, cipher {}",
                config.node().name(),
                config.cluster().name(),
                key.fingerprint(),
                Sealer.cipher());
    }

    private static boolean hasStoodDown(Role role) {
        return role == Role.ROLE_STANDBY || role == Role.ROLE_FAULT;
    }

    private EventLoop eventLoop(String name) {
        EventLoopGroup group =
                new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory(name, true), NetlinkIoHandler.newFactory());
        closing(() -> group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync());
        return group.next();
    }

    private AutoCloseable every(int seconds, Runnable task) {
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("keepflow-addresses").factory());
        var _ = timer.scheduleWithFixedDelay(task, seconds, seconds, TimeUnit.SECONDS);
        return timer::shutdownNow;
    }

    private void refresh(LocalTraffic local) {
        try {
            local.refresh();
        } catch (SocketException e) {
            fault("cannot read this machine's addresses: " + e.getMessage());
        }
    }

    private void fault(String text) {
        faults.record(text);
        LOG.warn("{}", text);
    }

    private <T extends AutoCloseable> T closing(T closeable) {
        closeables.push(closeable);
        return closeable;
    }

    /** Ends everything that was started, the last first. */
    @Override
    public synchronized void close() {
        while (!closeables.isEmpty()) {
            try {
                closeables.pop().close();
            } catch (Exception e) {
                LOG.warn("while stopping: {}", e.toString());
            }
        }
        fatal.complete(null);
    }

    /** What capture sets off in the rest of the node. */
    private final class CaptureSinks implements Capture.Sinks {
        private final Pump pump;
        private final EventBuffer buffer;
        private @Nullable KernelAudit audit;
        private Runnable onLost = () -> {};
        private long overruns;

        CaptureSinks(Pump pump, EventBuffer buffer) {
            this.pump = pump;
            this.buffer = buffer;
        }

        void audit(KernelAudit toStart, Runnable toTell) {
            audit = toStart;
            onLost = toTell;
        }

        @Override
        public void onDrained() {
            pump.run();
        }

        @Override
        public void onOverrun() {
            faults.record("the kernel dropped events because they were read too slowly; " + buffer.overrun()
                    + "the table is compared with the kernel");
            if (overruns++ == 0) {
                LOG.warn("the kernel dropped events; further overruns are only counted");
            }
            onLost.run();
            if (audit != null) {
                audit.soon();
            }
        }

        @Override
        public void onFailed(Exception cause) {
            LOG.error("the subscription to kernel events broke: {}", cause.getMessage());
            fatal.completeExceptionally(cause);
        }
    }
}
