package io.keepflow.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import io.keepflow.node.cluster.SimulatedCluster.Node;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.v1.Frame;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What nodes tell each other when nothing happens, and how soon they tell more when something does. */
final class RestTest {
    private final SimulatedCluster cluster = new SimulatedCluster();
    private final Node one = cluster.start("one");
    private final Node two = cluster.start("two");
    private final List<Flow> flows =
            IntStream.range(0, 100).mapToObj(FlowTexts::tcp).toList();
    private int frames;
    private int heartbeats;

    @BeforeEach
    void settle() {
        one.active();
        two.standby();
        flows.forEach(one.kernel::packet);
        cluster.run(10_000);
        cluster.assertAllHold(flows);
        one.link.tap = _ -> frames++;
        two.link.tap = _ -> frames++;
    }

    @Test
    void nodesAtRestTellTheirStateTwiceASecond() {
        assertThat(one.replicator.isAtRest()).isTrue();
        cluster.run(10_000);
        assertThat(frames).isEqualTo(2 * 20);
        assertThat(one.replicator.isAtRest()).isTrue();
    }

    @Test
    void whatWaitsForATickEndsTheRest() {
        one.kernel.end(flows.getFirst());
        cluster.run(10);
        assertThat(one.replicator.isAtRest()).isFalse();
        cluster.run(20);
        assertThat(one.replicator.isAtRest()).as("published").isTrue();
        assertThat(two.replicator.isAtRest()).as("to be injected").isFalse();
        cluster.run(100);
        assertThat(two.replicator.isAtRest()).as("injected").isTrue();
    }

    @Test
    void newsEndTheRestForASecond() {
        one.standby();
        cluster.run(900);
        assertThat(one.replicator.isAtRest()).isFalse();
        cluster.run(200);
        assertThat(one.replicator.isAtRest()).isTrue();
    }

    @Test
    void trafficThatWaitsForNothingDoesNotEndTheRest() {
        for (int i = 0; i < 100; i++) {
            Flow flow = flows.get(i);
            flow.mark++;
            one.kernel.packet(flow);
            cluster.run(10);
            assertThat(one.replicator.isAtRest()).isTrue();
            assertThat(two.replicator.isAtRest()).isTrue();
        }
    }

    /** Deltas tell of themselves; what was injected is told three times a second. */
    @Test
    void underTrafficOnlyWhoHasToAcknowledgeTellsMore() {
        one.link.tap = payload -> heartbeats += isHeartbeat(payload) ? 1 : 0;
        for (int i = 0; i < 500; i++) {
            Flow flow = flows.get(i % flows.size());
            flow.mark++;
            one.kernel.packet(flow);
            cluster.run(20);
        }
        assertThat(heartbeats).isBetween(19, 21);
        assertThat(frames).as("of the one that injects").isBetween(31, 35);
        assertThat(one.peer("two").lagSeconds()).isLessThan(0.35);
    }

    /** Whoever hears of the new entry may be waiting for the processor that an acknowledgement would take. */
    @Test
    void whatWasInjectedIsAcknowledgedAtATick() {
        awaitHeartbeatOfTwo();
        flows.getFirst().mark++;
        one.kernel.packet(flows.getFirst());
        cluster.run(20);
        cluster.assertAllHold(flows);
        assertThat(heartbeats).isZero();
        cluster.run(300);
        assertThat(heartbeats).isPositive();
        assertThat(one.peer("two").lagSeconds()).isZero();
    }

    /** So that its sender, which may have a whole one under way, does not have to stop. */
    @Test
    void aQuarterOfTheWindowIsAcknowledgedWithoutATick() {
        awaitHeartbeatOfTwo();
        IntStream.range(0, 50_000).mapToObj(FlowTexts::varied).forEach(one.kernel::packet);
        frames = 0;
        cluster.run(20);
        assertThat(frames).as("of deltas").isGreaterThan(2 * Outlet.WINDOW_FRAMES / 4);
        assertThat(heartbeats).isBetween(frames / (Outlet.WINDOW_FRAMES / 4) - 1, frames / (Outlet.WINDOW_FRAMES / 4));
    }

    private void awaitHeartbeatOfTwo() {
        two.link.tap = payload -> heartbeats += isHeartbeat(payload) ? 1 : 0;
        for (int ticks = 0; heartbeats == 0 && ticks < 50; ticks++) {
            cluster.run(20);
        }
        assertThat(heartbeats).isOne();
        heartbeats = 0;
    }

    @Test
    void aRoleIsToldAtOnce() {
        one.active();
        one.standby();
        cluster.run(10);
        assertThat(frames).isEqualTo(2);
    }

    private static boolean isHeartbeat(byte[] payload) {
        return frame(payload).hasHeartbeat();
    }

    private static Frame frame(byte[] payload) {
        try {
            return Frame.parseFrom(payload);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void thereIsNoRestWhileAnybodyLacksSomething() {
        Node three = cluster.start("three");
        one.link.tap = payload -> three.frozen |= frame(payload).hasSnapshotBegin();
        cluster.run(3000);
        assertThat(one.peer("three").connected()).isTrue();
        assertThat(one.peer("three").holdsOurs()).isFalse();
        assertThat(one.replicator.isAtRest()).isFalse();
        one.link.tap = _ -> {};
        three.frozen = false;
        cluster.run(3000);
        assertThat(one.peer("three").holdsOurs()).isTrue();
        assertThat(one.replicator.isAtRest()).isTrue();
    }
}
