package io.keepflow.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.node.filter.Exclusions;
import io.keepflow.node.filter.Selection;
import io.keepflow.node.table.DirtySet;
import io.keepflow.node.table.ExpectationTable;
import io.keepflow.node.table.FlowTable;
import io.keepflow.node.table.Owners;
import io.keepflow.protocol.Flow;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * What a differential costs on the link against a snapshot of everything, after 1 % of a table has changed. {@code
 * -Dkeepflow.cost.flows=1000000} measures a million flows.
 */
final class DifferentialCostTest {
    private static final int FLOWS = Integer.getInteger("keepflow.cost.flows", 100_000);
    private static final int THIRDS = FLOWS / 300;

    private final SimulatedClock clock = new SimulatedClock();
    private final Side owner = new Side("owner", 1);
    private final Side receiver = new Side("receiver", 2);

    /** A node without a kernel: what is to be injected counts as injected. */
    private final class Side implements Link {
        final FlowTable table;
        final Replicator replicator;
        final ClusterCounts counts = new ClusterCounts();
        final Queue<byte[]> sent = new ArrayDeque<>();
        final Queue<Runnable> tasks = new ArrayDeque<>();
        private final MemberId self;

        Side(String name, int number) {
            self = new MemberId(new UUID(number, number));
            table = new FlowTable(2 * FLOWS, new Owners(name, number), number);
            replicator = new Replicator(
                    table,
                    new ExpectationTable(1, table.owners()),
                    this,
                    tasks::add,
                    clock,
                    "test",
                    counts,
                    () -> 0,
                    (of, delay) -> {},
                    false,
                    Selection.EVERYTHING,
                    new Exclusions(Selection.EVERYTHING));
        }

        boolean turn(Side to) {
            boolean busy = replicator.drain();
            for (byte[] payload = sent.poll(); payload != null; payload = sent.poll()) {
                to.replicator.listener().onMessage(self, payload, 0, payload.length);
                busy = true;
            }
            for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                task.run();
                busy = true;
            }
            inject();
            replicator.onInjected();
            return busy;
        }

        private void inject() {
            DirtySet dirty = table.toInject();
            for (int slot = next(dirty); slot >= 0; slot = next(dirty)) {
                if (table.is(slot, FlowTable.GONE)) {
                    table.release(slot);
                }
            }
        }

        private int next(DirtySet dirty) {
            int slot = dirty.pollUrgent();
            return slot >= 0 ? slot : dirty.pollLazy(Long.MAX_VALUE);
        }

        @Override
        public void start(Listener listener) {}

        @Override
        public MemberId self() {
            return self;
        }

        @Override
        public int maxPayload() {
            return 1300;
        }

        @Override
        public void broadcast(byte[] payload, int offset, int length, boolean followed) {
            sent.add(Arrays.copyOfRange(payload, offset, offset + length));
        }

        @Override
        public void close() {}
    }

    private void run(int millis) {
        for (int t = 0; t < millis; t += 20) {
            clock.advanceMillis(20);
            owner.replicator.onTick();
            receiver.replicator.onTick();
            boolean busy = true;
            while (busy) {
                busy = owner.turn(receiver) | receiver.turn(owner);
            }
        }
    }

    private void view(boolean together) {
        List<MemberId> all = List.of(owner.self(), receiver.self());
        owner.replicator.listener().onView(together ? all : List.of(owner.self()));
        receiver.replicator.listener().onView(together ? all : List.of(receiver.self()));
    }

    private void publish(int slot) {
        owner.table.toPublish().mark(slot, true, clock.nanos());
    }

    private void begin(int number) {
        Flow flow = FlowTexts.snatted(FlowTexts.varied(number), number);
        int slot = owner.table.add(flow);
        owner.table.assign(slot, owner.table.owners().self(), 0);
        publish(slot);
    }

    private long bytes(Traffic traffic) {
        return owner.counts.bytesSent(traffic).sum()
                + receiver.counts.bytesSent(traffic).sum();
    }

    @Test
    void afterOnePercentHasChangedAFewPercentOfASnapshotCross() {
        view(false);
        for (int i = 0; i < FLOWS; i++) {
            begin(i);
        }
        run(1000);
        view(true);
        run(5000);
        assertThat(receiver.table.size()).isEqualTo(FLOWS);
        long snapshot = bytes(Traffic.SNAPSHOT);
        view(false);
        run(1000);
        change();
        run(1000);
        long framesBefore = owner.counts.framesSent.sum() + receiver.counts.framesSent.sum();
        long upkeepBefore = bytes(Traffic.UPKEEP);
        view(true);
        run(5000);
        assertEqual();
        long differential = bytes(Traffic.DIFFERENTIAL);
        LoggerFactory.getLogger(DifferentialCostTest.class)
                .info(
                        "{} flows, {} of them changed: snapshot {} bytes, differential {} bytes ({} by the owner, {} by the receiver),"
                                + " {} flows sent whole, {} dropped, {} buckets; {} frames and {} bytes of heartbeats included",
                        FLOWS,
                        3 * THIRDS,
                        snapshot,
                        differential,
                        owner.counts.bytesSent(Traffic.DIFFERENTIAL).sum(),
                        receiver.counts.bytesSent(Traffic.DIFFERENTIAL).sum(),
                        owner.counts.differingFlowsSent.sum(),
                        receiver.counts.staleFlows.sum(),
                        receiver.counts.differingBuckets.sum(),
                        owner.counts.framesSent.sum() + receiver.counts.framesSent.sum() - framesBefore,
                        bytes(Traffic.UPKEEP) - upkeepBefore);
        assertThat(owner.counts.differingFlowsSent.sum()).isEqualTo(2L * THIRDS);
        assertThat(receiver.counts.staleFlows.sum()).isEqualTo(THIRDS);
        assertThat(differential).isLessThan(snapshot / 20);
        assertThat(bytes(Traffic.SNAPSHOT) - snapshot)
                .as("of the receiver, which owns nothing")
                .isLessThan(100);
    }

    private void change() {
        Flow flow = new Flow();
        for (int i = 0; i < THIRDS; i++) {
            begin(FLOWS + i);
            int ended = 7 + i * 200;
            owner.table.set(ended, FlowTable.GONE);
            publish(ended);
            int changed = 11 + i * 200;
            owner.table.load(changed, flow);
            flow.mark++;
            owner.table.store(changed, flow);
            publish(changed);
        }
    }

    private void assertEqual() {
        assertThat(receiver.replicator.peers().getFirst().complete()).isTrue();
        assertThat(receiver.table.owners().byBoot(1)).isNotNull().satisfies(here -> {
            assertThat(here.published()).isEqualTo(owner.table.owners().self().published());
            assertThat(here.digest()).isEqualTo(owner.table.owners().self().digest());
        });
    }
}
