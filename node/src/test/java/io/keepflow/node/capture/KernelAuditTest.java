package io.keepflow.node.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keepflow.node.filter.Rules;
import io.keepflow.node.filter.Selection;
import io.keepflow.node.netlink.ConntrackLookup;
import io.keepflow.node.netlink.ConntrackRequests;
import io.keepflow.node.netlink.DumpScope;
import io.keepflow.node.netlink.LabelMask;
import io.keepflow.node.netlink.NetlinkIoHandler;
import io.keepflow.node.table.FlowTable;
import io.keepflow.node.table.Owners;
import io.keepflow.node.testkit.NetworkNamespace;
import io.keepflow.node.time.Clock;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.testkit.FlowSamples;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The table against a real kernel's in a namespace; nobody listens to events, so only the audit can find out. */
class KernelAuditTest {
    /** More than one turn of the sweep. */
    private static final int FLOWS = 20_000;

    private final CaptureBed bed = new CaptureBed(2 * FLOWS);
    private final AtomicInteger done = new AtomicInteger();
    private final List<String> faults = new CopyOnWriteArrayList<>();
    private NetworkNamespace namespace;
    private ConntrackRequests kernel;
    private EventLoopGroup group;
    private EventLoop loop;
    private EventLoop reader;
    private ConntrackLookup lookup;
    private KernelAudit audit;

    @BeforeEach
    void open() throws Exception {
        namespace = NetworkNamespace.create("kfka");
        kernel = namespace.call(ConntrackRequests::open);
        ThreadFactory inNamespace = task -> Thread.ofPlatform().daemon().unstarted(() -> {
            namespace.enter();
            task.run();
        });
        group = new MultiThreadIoEventLoopGroup(2, inNamespace, NetlinkIoHandler.newFactory());
        loop = group.next();
        reader = group.next();
        lookup = namespace.call(() -> ConntrackLookup.open(LabelMask.NONE));
        audit = auditOf(DumpScope.ALL);
    }

    private KernelAudit auditOf(List<DumpScope> scopes) {
        Comparison comparison = new Comparison(bed.table, bed.capture, lookup, bed.counts);
        DumpReader dumps = new DumpReader(reader, loop, scopes, LabelMask.NONE);
        return new KernelAudit(
                loop, dumps, comparison, Clock.system(), faults::add, sinceNanos -> done.incrementAndGet());
    }

    @AfterEach
    void close() throws Exception {
        audit.close();
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).sync();
        lookup.close();
        kernel.close();
        namespace.close();
        assertThat(faults).isEmpty();
    }

    @Test
    void theFirstAuditFindsWhatTheKernelHas() throws Exception {
        createFlows(FLOWS);
        audit();
        onLoop(() -> {
            assertThat(bed.table.size()).isEqualTo(FLOWS);
            for (int i = 0; i < FLOWS; i++) {
                int slot = bed.table.find(FlowSamples.udp(i));
                assertThat(bed.table.ownerIndex(slot)).isEqualTo(Owners.NOBODY);
                assertThat(bed.table.is(slot, FlowTable.IN_KERNEL)).isTrue();
            }
            assertThat(bed.table.toPublish().isEmpty()).isTrue();
            assertThat(bed.table.toInject().isEmpty()).isTrue();
            return null;
        });
    }

    /** A peer with another filter owned them: the dump of TCP does not show them, which is no proof that they are gone. */
    @Test
    void whatTheDumpCouldNotShowIsNotMissing() throws Exception {
        createFlows(100);
        audit();
        List<DumpScope> onlyTcp = DumpScope.of(new Selection(List.of(Rules.protocol(Flow.TCP)), List.of(), false, 0));
        audit.close();
        audit = auditOf(onlyTcp);
        onLoop(() -> {
            for (int slot = 0; slot < 100; slot++) {
                bed.table.assign(slot, slot < 50 ? bed.owners.self() : bed.alive, CaptureBed.VERSION);
            }
            return null;
        });
        audit();
        onLoop(() -> {
            for (int slot = 0; slot < 100; slot++) {
                assertThat(bed.table.isLive(slot)).isTrue();
            }
            assertThat(bed.table.toInject().isEmpty()).isTrue();
            assertThat(bed.table.toPublish().isEmpty()).isTrue();
            return null;
        });
    }

    @Test
    void entriesDeletedBehindTheNodesBackAreFound() throws Exception {
        createFlows(FLOWS);
        audit();
        List<Flow> deleted = new ArrayList<>();
        onLoop(() -> {
            bed.table.assign(0, bed.owners.self(), CaptureBed.VERSION);
            bed.table.assign(1, bed.alive, CaptureBed.VERSION);
            bed.table.assign(2, bed.dead, CaptureBed.VERSION);
            bed.table.assign(FLOWS - 1, bed.owners.self(), CaptureBed.VERSION);
            IntStream.of(0, 1, 2, 3, FLOWS - 1).forEach(slot -> deleted.add(FlowSamples.copy(bed.read(slot))));
            return null;
        });
        for (Flow flow : deleted) {
            delete(flow);
        }
        audit();
        onLoop(() -> {
            assertThat(deleted)
                    .extracting(bed::state)
                    .containsExactly(
                            "self 5 GONE publish lazy",
                            "alive 5 inject urgent",
                            "none",
                            "none",
                            "self 5 GONE publish lazy");
            assertThat(bed.state(bed.read(4))).isEqualTo("unowned 0 IN_KERNEL");
            assertThat(bed.table.size()).isEqualTo(FLOWS - 2);
            assertThat(audit.last().found())
                    .containsOnly(
                            Map.entry(Difference.ENDED, 2L),
                            Map.entry(Difference.RESTORED, 1L),
                            Map.entry(Difference.FORGOTTEN, 2L));
            assertThat(audit.last().compared()).isEqualTo(FLOWS - 5);
            return null;
        });
    }

    @Test
    void entriesAddedBehindTheNodesBackAreFound() throws Exception {
        createFlows(10);
        audit();
        Flow foreign = FlowSamples.snatted(7);
        create(foreign);
        audit();
        onLoop(() -> {
            assertThat(bed.state(foreign)).isEqualTo("unowned 0 IN_KERNEL");
            assertThat(audit.last().found()).containsOnly(Map.entry(Difference.FOUND, 1L));
            assertThat(bed.table.size()).isEqualTo(11);
            assertThat(FlowSamples.text(bed.read(bed.table.find(foreign)))).contains("tcp 3");
            return null;
        });
    }

    @Test
    void aTableThatSomebodyFlushedIsFound() throws Exception {
        createFlows(1_000);
        audit();
        namespace.exec("conntrack", "-F");
        audit();
        onLoop(() -> {
            assertThat(bed.table.size()).isZero();
            assertThat(audit.last().found()).containsOnly(Map.entry(Difference.FORGOTTEN, 1_000L));
            return null;
        });
    }

    /** As an overrun does while the first audit runs: what was lost meanwhile must be found by another one. */
    @Test
    void anAuditThatIsAskedForWhileOneRunsFollowsIt() throws Exception {
        createFlows(1_000);
        onLoop(() -> {
            audit.start();
            audit.start();
            audit.start();
            return null;
        });
        await().atMost(Duration.ofSeconds(20)).until(() -> done.get() == 2);
        onLoop(() -> {
            assertThat(bed.table.size()).isEqualTo(1_000);
            return null;
        });
    }

    @Test
    void aClosedAuditStartsNoMore() throws Exception {
        audit.close();
        onLoop(() -> {
            audit.start();
            return null;
        });
        createFlows(1);
        onLoop(() -> {
            assertThat(bed.table.size()).isZero();
            return null;
        });
        assertThat(done).hasValue(0);
    }

    private void audit() throws Exception {
        int before = done.get();
        onLoop(() -> {
            audit.start();
            return null;
        });
        await().atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(5))
                .until(() -> done.get() == before + 1);
    }

    private void onLoop(Callable<Void> task) throws Exception {
        try {
            loop.submit(task).get(30, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error failure) {
                throw failure;
            }
            throw e;
        }
    }

    private void createFlows(int count) throws Exception {
        for (int i = 0; i < count; i++) {
            Flow flow = FlowSamples.udp(i);
            if (!kernel.create(flow, 600, i)) {
                kernel.flush(KernelAuditTest::succeeded);
                assertThat(kernel.create(flow, 600, i)).isTrue();
            }
        }
        kernel.flush(KernelAuditTest::succeeded);
    }

    private void create(Flow flow) throws Exception {
        assertThat(kernel.create(flow, 600, 0)).isTrue();
        kernel.flush(KernelAuditTest::succeeded);
    }

    private void delete(Flow flow) throws Exception {
        assertThat(kernel.delete(flow, 0)).isTrue();
        kernel.flush(KernelAuditTest::succeeded);
    }

    private static void succeeded(long cookie, int errno) {
        assertThat(errno).as("errno of request %d", cookie).isZero();
    }
}
