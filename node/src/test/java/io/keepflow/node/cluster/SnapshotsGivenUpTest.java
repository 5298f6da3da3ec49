package io.keepflow.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import io.keepflow.node.cluster.SimulatedCluster.Node;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.v1.Frame;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is more than one window is given up when its receiver goes, and the next one is served. */
final class SnapshotsGivenUpTest {
    private static final int FLOWS = 40_000;

    private final SimulatedCluster cluster = new SimulatedCluster();
    private final AtomicInteger frames = new AtomicInteger();
    private final List<Flow> flows =
            IntStream.range(0, FLOWS).mapToObj(FlowTexts::varied).toList();
    private Node one;
    private Node two;

    @BeforeEach
    void smallFrames() {
        cluster.network.maxPayload = 512;
        one = cluster.start("one");
        one.active();
        cluster.run(200);
        flows.forEach(one.kernel::packet);
        cluster.run(500);
        one.link.tap = payload -> frames.addAndGet(isOfSnapshot(payload) ? 1 : 0);
        cluster.network.frameDelay = () -> 50;
    }

    private static boolean isOfSnapshot(byte[] payload) {
        try {
            return Frame.parseFrom(payload).getSnapshot() != 0;
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    private void runUntilSnapshotFramesLeave() {
        for (int i = 0; i < 200 && frames.get() == 0; i++) {
            cluster.run(20);
        }
        assertThat(frames.get()).isBetween(1, Outlet.WINDOW_FRAMES + 1);
    }

    private void assertServed(Node node) {
        frames.set(0);
        cluster.network.frameDelay = () -> 0;
        cluster.run(8000);
        assertThat(frames.get()).isPositive();
        assertThat(node.peer("one").complete()).isTrue();
        cluster.assertAllHold(flows);
    }

    @Test
    void ofEverything() {
        two = cluster.start("two");
        two.standby();
        runUntilSnapshotFramesLeave();
        long sent = one.counts.snapshotsSent.sum();
        cluster.stop(two);
        frames.set(0);
        cluster.run(1000);
        assertThat(frames.get()).as("frames for nobody").isZero();
        assertThat(one.counts.snapshotsCancelled.sum()).isEqualTo(1);
        assertThat(one.counts.snapshotsSent.sum()).isEqualTo(sent);
        two = cluster.start("two");
        two.standby();
        assertServed(two);
    }

    @Test
    void ofWhatOnePeerLacks() {
        cluster.network.frameDelay = () -> 0;
        two = cluster.start("two");
        two.standby();
        cluster.run(8000);
        cluster.assertAllHold(flows);
        cluster.island(two, true);
        cluster.run(200);
        for (Flow flow : flows.subList(0, FLOWS / 4 * 3)) {
            flow.mark = 1;
            one.kernel.packet(flow);
        }
        cluster.run(1000);
        frames.set(0);
        cluster.network.frameDelay = () -> 50;
        cluster.island(two, false);
        runUntilSnapshotFramesLeave();
        cluster.island(two, true);
        frames.set(0);
        cluster.run(1000);
        assertThat(frames.get()).as("frames for nobody").isZero();
        assertThat(one.counts.snapshotsCancelled.sum()).isEqualTo(1);
        assertThat(one.counts.differentialsSent.sum()).isZero();
        cluster.island(two, false);
        assertServed(two);
    }
}
