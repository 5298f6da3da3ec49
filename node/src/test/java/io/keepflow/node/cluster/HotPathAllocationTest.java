package io.keepflow.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.keepflow.node.capture.Capture;
import io.keepflow.node.capture.CaptureCounts;
import io.keepflow.node.capture.LocalTraffic;
import io.keepflow.node.filter.Exclusions;
import io.keepflow.node.filter.Selection;
import io.keepflow.node.netlink.EventType;
import io.keepflow.node.netlink.LabelMask;
import io.keepflow.node.table.ExpectationTable;
import io.keepflow.node.table.FlowTable;
import io.keepflow.node.table.Owners;
import io.keepflow.node.time.ManualClock;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.testkit.FlowSamples;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** From a decoded event to the frame that tells of it, short TCP connections allocate nothing. */
class HotPathAllocationTest implements Capture.Sinks {
    private static final int[] STATES = {1, 2, 3, 4, 5, 7};
    private static final int CONNECTIONS = 20_000;
    private static final int PEAK = 500;
    private static final int ROUNDS = 6;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final ManualClock clock = new ManualClock();
    private final Owners owners = new Owners("fw1", 11);
    private final FlowTable table = new FlowTable(2 * PEAK, owners, 42);
    private final ClusterCounts counts = new ClusterCounts();
    private final Replicator replicator = new Replicator(
            table,
            new ExpectationTable(16, owners),
            new NoLink(),
            Runnable::run,
            clock,
            "test",
            counts,
            () -> 0,
            (owner, seconds) -> {},
            true,
            Selection.EVERYTHING,
            new Exclusions(Selection.EVERYTHING));
    private final Capture capture = new Capture(
            table,
            new LocalTraffic(),
            Selection.EVERYTHING,
            new Exclusions(Selection.EVERYTHING),
            LabelMask.NONE,
            clock,
            new CaptureCounts(),
            () -> false,
            this);
    private final Flow flow = FlowSamples.snatted(1);

    /** The best of some rounds: in the first ones classes are loaded and code is compiled. */
    @Test
    void shortTcpConnectionsAllocateNothing() {
        long least = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            long published = counts.published.sum();
            long before = threads.getCurrentThreadAllocatedBytes();
            live(CONNECTIONS);
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            assertThat(counts.published.sum() - published).isEqualTo(3L * CONNECTIONS);
            assertThat(table.size()).isZero();
        }
        assertThat(least).as("bytes for %d events", CONNECTIONS * 7).isLessThan(1_000);
    }

    /** Some hundred connections at a time: all are set up, then all close, then all end. */
    private void live(int connections) {
        for (int first = 0; first < connections; first += PEAK) {
            for (int i = 0; i < STATES.length; i++) {
                flow.tcpState = STATES[i];
                EventType type = i == 0 ? EventType.NEW : EventType.UPDATE;
                tell(type);
            }
            clock.advanceMillis(30);
            onDrained();
            tell(EventType.DESTROY);
            clock.advanceMillis(30);
            onDrained();
        }
    }

    private void tell(EventType type) {
        for (int i = 0; i < PEAK; i++) {
            flow.original.l4Src = 1_000 + i;
            flow.reply.l4Dst = 1_000 + i;
            capture.onFlow(type, flow, 0);
        }
        onDrained();
    }

    @Override
    public void onDrained() {
        replicator.drain();
    }

    @Override
    public void onOverrun() {
        throw new AssertionError("there is no kernel");
    }

    @Override
    public void onFailed(Exception cause) {
        throw new AssertionError(cause);
    }

    /** Nobody is there; frames are written all the same. */
    private static final class NoLink implements Link {
        private final MemberId self = new MemberId(new UUID(1, 2));

        @Override
        public void start(Listener listener) {
            listener.onView(List.of(self));
        }

        @Override
        public MemberId self() {
            return self;
        }

        @Override
        public int maxPayload() {
            return 1372;
        }

        @Override
        public void broadcast(byte[] payload, int offset, int length, boolean followed) {}

        @Override
        public void close() {}
    }
}
