package io.keepflow.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.protocol.Flow;
import io.keepflow.protocol.v1.Differential;
import io.keepflow.protocol.v1.Expectations;
import io.keepflow.protocol.v1.ExpectationsRequest;
import io.keepflow.protocol.v1.Heartbeat;
import io.keepflow.protocol.v1.Hello;
import io.keepflow.protocol.v1.SnapshotBegin;
import io.keepflow.protocol.v1.SnapshotEnd;
import io.keepflow.protocol.v1.SnapshotRequest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What one item breaks, the next ones don't feel. */
final class InboxTest {
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private final List<List<MemberId>> views = new ArrayList<>();
    private final ClusterCounts counts = new ClusterCounts();
    private final Inbox inbox = new Inbox(tasks::add, new Frail(), counts);

    @Test
    void aPoisonedItemIsCountedAndTheNextOnesAreHandled() {
        List<MemberId> good = List.of(new MemberId(new UUID(0, 1)));
        inbox.onView(List.of());
        inbox.onView(good);
        byte[] garbage = {1, 2, 3};
        inbox.onMessage(good.getFirst(), garbage, 0, garbage.length);
        inbox.onView(good);
        runAll();
        inbox.onView(good);
        runAll();
        assertThat(views).containsExactly(good, good, good);
        assertThat(counts.failedFrames.sum()).isEqualTo(2);
    }

    private void runAll() {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
    }

    /** Fails on every frame and on views without members. */
    private final class Frail implements Inbox.Receiver {
        @Override
        public void onFrame(MemberId sender) {
            throw new IllegalStateException("poisoned");
        }

        @Override
        public void onView(List<MemberId> members) {
            if (members.isEmpty()) {
                throw new IllegalArgumentException("poisoned");
            }
            views.add(members);
        }

        @Override
        public void onDeltas(long boot, long sequence, long capturedUs, int snapshot) {}

        @Override
        public void onDelta(Flow flow, long version, boolean gone) {}

        @Override
        public void onDeltasEnd() {}

        @Override
        public void onHello(long boot, Hello hello) {}

        @Override
        public void onHeartbeat(long boot, Heartbeat heartbeat) {}

        @Override
        public void onSnapshotRequest(long boot, SnapshotRequest request) {}

        @Override
        public void onSnapshotBegin(long boot, SnapshotBegin begin) {}

        @Override
        public void onSnapshotEnd(long boot, SnapshotEnd end) {}

        @Override
        public void onExpectations(long boot, Expectations expectations) {}

        @Override
        public void onExpectationsRequest(long boot, ExpectationsRequest request) {}

        @Override
        public void onDifferential(long boot, Differential step) {}
    }
}
