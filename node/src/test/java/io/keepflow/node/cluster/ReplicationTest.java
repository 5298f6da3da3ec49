package io.keepflow.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.node.capture.Difference;
import io.keepflow.node.cluster.SimulatedCluster.Node;
import io.keepflow.node.inject.Injections.Result;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.v1.Frame;
import io.keepflow.protocol.v1.Heartbeat;
import io.keepflow.protocol.v1.Hello;
import io.keepflow.protocol.v1.NodeRole;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The replication of whole nodes, faults included; every scenario ends with the check that all kernels hold the union. */
final class ReplicationTest {
    private final SimulatedCluster cluster = new SimulatedCluster();
    private final Node one = cluster.start("one");
    private final Node two = cluster.start("two");

    private void activeStandby() {
        one.active();
        two.standby();
        cluster.run(200);
    }

    private static List<Flow> tcpFlows(int from, int to) {
        return new ArrayList<>(
                IntStream.range(from, to).mapToObj(FlowTexts::tcp).toList());
    }

    private static List<Flow> variedFlows(int number) {
        return IntStream.range(0, number).mapToObj(FlowTexts::varied).toList();
    }

    @Test
    void aFlowIsBornChangesAndEndsOnBothSides() {
        activeStandby();
        Flow flow = FlowTexts.snatted(FlowTexts.tcp(1), 7);
        flow.tcpState = 1;
        flow.status = Flow.IPS_CONFIRMED | Flow.IPS_SRC_NAT;
        one.kernel.packet(flow);
        cluster.run(100);
        cluster.assertAllHold(List.of(flow));
        flow.tcpState = 3;
        flow.status |= FlowTexts.ESTABLISHED;
        flow.mark = 5;
        one.kernel.packet(flow);
        cluster.run(100);
        cluster.assertAllHold(List.of(flow));
        one.kernel.end(flow);
        cluster.run(100);
        cluster.assertAllHold(List.of());
        assertThat(two.delays).isNotEmpty().allMatch(seconds -> seconds < 0.15);
    }

    @Test
    void aFlowThatLivesShorterThanADrainIsNeverSent() {
        activeStandby();
        long before = one.counts.published.sum();
        Flow flow = FlowTexts.tcp(1);
        flow.tcpState = 1;
        one.kernel.packet(flow);
        one.kernel.end(flow);
        cluster.run(100);
        assertThat(one.counts.published.sum()).isEqualTo(before);
        cluster.assertAllHold(List.of());
    }

    @Test
    void aJoiningNodeGetsEverythingAndKnowsIt() {
        one.active();
        List<Flow> flows = tcpFlows(0, 20_000);
        flows.forEach(one.kernel::packet);
        cluster.run(500);
        Node three = cluster.start("three");
        three.standby();
        cluster.run(1000);
        cluster.assertAllHold(flows);
        assertThat(three.peer("one").complete()).isTrue();
        assertThat(one.peer("three").lagSeconds()).isZero();
        assertThat(one.peer("three").lagFlows()).isZero();
    }

    @Test
    void theDeathOfAnyOfThreeLosesNothing() {
        Node three = cluster.start("three");
        one.active();
        two.standby();
        three.standby();
        List<Flow> flows = tcpFlows(0, 3000);
        flows.forEach(one.kernel::packet);
        cluster.run(500);
        cluster.assertAllHold(flows);
        cluster.stop(one);
        two.active();
        cluster.run(500);
        cluster.assertAllHold(flows);
        assertThat(two.table.owners().self().flows()).isEqualTo(3000);
        two.kernel.end(flows.removeFirst());
        two.kernel.packet(FlowTexts.tcp(9000));
        flows.add(FlowTexts.tcp(9000));
        cluster.run(500);
        cluster.assertAllHold(flows);
        cluster.stop(two);
        three.active();
        cluster.run(500);
        cluster.assertAllHold(flows);
        assertThat(three.table.owners().self().flows()).isEqualTo(3000);
    }

    @Test
    void aReturningNodeDropsWhatEndedMeanwhile() {
        activeStandby();
        List<Flow> flows = tcpFlows(0, 1000);
        flows.forEach(one.kernel::packet);
        cluster.run(300);
        cluster.island(one, true);
        two.active();
        one.role(NodeRole.NODE_ROLE_FAULT);
        cluster.run(500);
        for (int i = 0; i < 500; i++) {
            two.kernel.end(flows.removeFirst());
        }
        tcpFlows(5000, 5100).forEach(flow -> {
            two.kernel.packet(flow);
            flows.add(flow);
        });
        cluster.run(500);
        cluster.island(one, false);
        cluster.run(3000);
        cluster.assertAllHold(flows);
        assertThat(one.table.owners().self().flows()).isZero();
        assertThat(one.injected.of(Result.RECREATED))
                .as("entries with the TCP windows of before")
                .isEqualTo(500);
    }

    @Test
    void aRestartedStandbyDropsWhatEndedMeanwhile() {
        activeStandby();
        List<Flow> flows = tcpFlows(0, 1000);
        flows.forEach(one.kernel::packet);
        cluster.run(300);
        cluster.stop(two);
        cluster.run(300);
        for (int i = 0; i < 500; i++) {
            one.kernel.end(flows.removeFirst());
        }
        Node again = cluster.start("two");
        again.standby();
        cluster.run(3000);
        cluster.assertAllHold(flows);
    }

    @Test
    void aRestartedActiveOwnsItsFlowsAgain() {
        activeStandby();
        List<Flow> flows = tcpFlows(0, 1000);
        flows.forEach(one.kernel::packet);
        cluster.run(300);
        cluster.stop(one);
        cluster.run(1500);
        Node again = cluster.start("one");
        again.active();
        cluster.run(1000);
        cluster.assertAllHold(flows);
        assertThat(again.table.owners().self().flows()).isEqualTo(1000);
        again.kernel.end(flows.removeFirst());
        cluster.run(300);
        cluster.assertAllHold(flows);
    }

    @Test
    void aHandoverByHandMovesEveryFlow() {
        activeStandby();
        List<Flow> flows = tcpFlows(0, 1000);
        flows.forEach(one.kernel::packet);
        cluster.run(300);
        one.standby();
        two.active();
        cluster.run(500);
        cluster.assertAllHold(flows);
        assertThat(two.table.owners().self().flows()).isEqualTo(1000);
        assertThat(one.table.owners().self().flows()).isZero();
    }

    @Test
    void whoSeesThePacketsOwnsTheFlow() {
        activeStandby();
        Flow flow = FlowTexts.tcp(1);
        one.kernel.packet(flow);
        cluster.run(100);
        flow.tcpState = 4;
        two.kernel.packet(flow);
        cluster.run(200);
        cluster.assertAllHold(List.of(flow));
        assertThat(two.table.isOwn(two.table.find(flow))).isTrue();
        assertThat(one.table.isOwn(one.table.find(flow))).isFalse();
    }

    @Test
    void twoOwnersAtOnceAgree() {
        one.active();
        two.active();
        cluster.run(200);
        Flow flow = FlowTexts.tcp(1);
        one.kernel.packet(flow);
        two.kernel.packet(flow);
        cluster.run(200);
        cluster.assertAllHold(List.of(flow));
        int owners = (one.table.isOwn(one.table.find(flow)) ? 1 : 0) + (two.table.isOwn(two.table.find(flow)) ? 1 : 0);
        assertThat(owners).isEqualTo(1);
        assertThat(one.counts.ownershipConflicts.sum() + two.counts.ownershipConflicts.sum())
                .isPositive();
    }

    @Test
    void aHandshakeWaitsForNothingWhereTwoNodesForward() {
        activeStandby();
        Flow flow = FlowTexts.tcp(1);
        flow.tcpState = 1;
        one.kernel.packet(flow);
        cluster.run(20);
        assertThat(two.kernel.entry(flow)).isNull();
        two.active();
        cluster.run(200);
        Flow next = FlowTexts.tcp(2);
        next.tcpState = 1;
        one.kernel.packet(next);
        cluster.run(20);
        assertThat(two.kernel.entry(next)).isNotNull();
    }

    private static Flow syn(int translation) {
        Flow flow = FlowTexts.snatted(FlowTexts.tcp(1), translation);
        flow.tcpState = 1;
        flow.status = Flow.IPS_CONFIRMED | Flow.IPS_SRC_NAT;
        return flow;
    }

    @Test
    void eachPacketOfAConnectionThatCrossesBothNodesMovesItOnce() {
        one.active();
        two.active();
        cluster.run(1000);
        long movesBefore = moves();
        long publishedBefore = published();
        Flow flow = syn(7);
        one.kernel.packet(flow);
        cluster.run(100);
        flow.tcpState = 2;
        flow.status |= Flow.IPS_SEEN_REPLY;
        two.kernel.packet(flow);
        cluster.run(100);
        flow.tcpState = 3;
        flow.status |= Flow.IPS_ASSURED;
        one.kernel.packet(flow);
        cluster.run(100);
        assertThat(moves() - movesBefore).isEqualTo(2);
        assertThat(published() - publishedBefore).isEqualTo(3);
        for (int packet = 0; packet < 100; packet++) {
            one.kernel.packet(flow);
            two.kernel.packet(flow);
            cluster.run(100);
        }
        assertThat(moves() - movesBefore).isEqualTo(2);
        assertThat(published() - publishedBefore).isEqualTo(3);
        cluster.assertAllHold(List.of(flow));
    }

    private long moves() {
        return one.captured.ownershipMoves.sum() + two.captured.ownershipMoves.sum();
    }

    private long published() {
        return one.counts.published.sum() + two.counts.published.sum();
    }

    @Test
    void anIdleFlowStaysOnTheStandbyWhileItsOwnerHasIt() {
        activeStandby();
        Flow flow = FlowTexts.udp(1, 10);
        one.kernel.packet(flow);
        for (int second = 0; second < 120; second++) {
            one.kernel.packet(flow);
            cluster.run(1000);
            assertThat(two.kernel.entry(flow)).as("after %d s", second).isNotNull();
        }
        assertThat(two.injected.of(Result.REFRESHED)).isPositive();
        cluster.run(60_000);
        cluster.assertAllHold(List.of());
    }

    @Test
    void fromTheOwnersDeathTheRealTimeoutRuns() {
        activeStandby();
        Flow flow = FlowTexts.udp(1, 30);
        one.kernel.packet(flow);
        cluster.run(1000);
        cluster.stop(one);
        two.active();
        cluster.run(40_000);
        assertThat(two.kernel.entries()).isEmpty();
        assertThat(two.table.size()).isZero();
    }

    @Test
    void aFlushOnTheStandbyHeals() {
        activeStandby();
        List<Flow> flows = tcpFlows(0, 1000);
        flows.forEach(one.kernel::packet);
        cluster.run(300);
        flows.forEach(two.kernel::end);
        cluster.run(300);
        cluster.assertAllHold(flows);
        assertThat(two.captured.byEvent.of(Difference.RESTORED)).isEqualTo(1000);
    }

    @Test
    void aFlushOfTheStandbyJustBeforeItTakesOverHeals() {
        activeStandby();
        List<Flow> flows = tcpFlows(0, 1000);
        flows.forEach(one.kernel::packet);
        cluster.run(300);
        two.kernel.defersEvents = true;
        flows.forEach(two.kernel::end);
        one.role(NodeRole.NODE_ROLE_FAULT);
        cluster.deliver();
        two.active();
        cluster.run(500);
        cluster.assertAllHold(flows);
        assertThat(two.table.owners().self().flows()).isEqualTo(1000);
        two.kernel.end(flows.removeFirst());
        cluster.run(200);
        cluster.assertAllHold(flows);
    }

    @Test
    void aFlushOfWhichTheStandbyLostTheEventsHealsThoughItTakesOver() {
        activeStandby();
        List<Flow> flows = tcpFlows(0, 1000);
        flows.forEach(one.kernel::packet);
        cluster.run(300);
        two.kernel.defersEvents = true;
        two.kernel.eventBuffer = 100;
        flows.forEach(two.kernel::end);
        one.role(NodeRole.NODE_ROLE_FAULT);
        cluster.deliver();
        two.auditsFail = true;
        two.active();
        cluster.run(1000);
        two.auditsFail = false;
        cluster.run(1000);
        cluster.assertAllHold(flows);
        assertThat(two.table.owners().self().flows()).isEqualTo(1000);
    }

    /** It cannot be known what the kernel has, so the takeover goes on without. */
    @Test
    void aTakeoverDoesNotWaitForEverForAnAuditThatFails() {
        activeStandby();
        List<Flow> flows = tcpFlows(0, 100);
        flows.forEach(one.kernel::packet);
        cluster.run(300);
        two.auditsFail = true;
        two.capture.onOverrun();
        cluster.stop(one);
        two.active();
        cluster.run(20_000);
        assertThat(two.table.owners().self().flows()).isZero();
        cluster.run(15_000);
        assertThat(two.table.owners().self().flows()).isEqualTo(100);
        cluster.assertAllHold(flows);
    }

    /** Marks change, flows end, and some come again, while the owner and the standby each wait with a dump of before. */
    @Test
    void anOldDumpGoesOverNothingThatIsNewer() {
        activeStandby();
        List<Flow> flows = tcpFlows(0, 1000);
        flows.forEach(one.kernel::packet);
        cluster.run(300);
        long published = one.counts.published.sum();
        two.audit(() -> one.audit(() -> {
            for (int i = 0; i < 1000; i++) {
                Flow flow = flows.get(i);
                if (i % 4 != 0) {
                    one.kernel.end(flow);
                }
                flow.mark += i % 4 == 1 ? 0 : 7;
                if (i % 4 != 1) {
                    one.kernel.packet(flow);
                }
            }
            cluster.run(300);
        }));
        List<Flow> left = IntStream.range(0, 1000)
                .filter(i -> i % 4 != 1)
                .mapToObj(flows::get)
                .toList();
        cluster.run(300);
        cluster.assertAllHold(left);
        assertThat(one.counts.published.sum() - published)
                .as("each change once")
                .isEqualTo(1000);
        for (SimulatedCluster.Node node : List.of(one, two)) {
            assertThat(Arrays.stream(Difference.values())
                            .mapToLong(node.captured.byAudit::of)
                            .sum())
                    .as("differences that %s found", node.name)
                    .isZero();
        }
    }

    @Test
    void whatEventsDidNotSayTheAuditFinds() {
        activeStandby();
        List<Flow> flows = tcpFlows(0, 100);
        flows.forEach(one.kernel::packet);
        cluster.run(300);
        one.kernel.listen(null);
        two.kernel.listen(null);
        one.kernel.end(flows.removeFirst());
        one.kernel.packet(FlowTexts.tcp(200));
        flows.add(FlowTexts.tcp(200));
        two.kernel.end(flows.getLast());
        two.kernel.end(flows.getFirst());
        one.kernel.listen(one.capture);
        two.kernel.listen(two.capture);
        one.audit();
        two.audit();
        cluster.run(500);
        cluster.assertAllHold(flows);
    }

    @Test
    void aFullKernelIsTriedAgain() {
        activeStandby();
        two.kernel.maxEntries = 50;
        List<Flow> flows = tcpFlows(0, 100);
        flows.forEach(one.kernel::packet);
        cluster.run(9000);
        assertThat(two.kernel.entries()).hasSize(50);
        assertThat(two.injected.of(Result.TABLE_FULL)).isGreaterThanOrEqualTo(50);
        assertThat(one.peer("two").lagFlows()).isEqualTo(50);
        two.kernel.maxEntries = 1000;
        cluster.run(9000);
        cluster.assertAllHold(flows);
        assertThat(one.peer("two").lagFlows()).isZero();
    }

    @Test
    void aLeftoverInTheWayIsEvictedOnAStandby() {
        Flow leftover = FlowTexts.snatted(FlowTexts.tcp(1), 7);
        two.kernel.listen(null);
        two.kernel.packet(leftover);
        two.kernel.listen(two.capture);
        activeStandby();
        Flow flow = FlowTexts.snatted(FlowTexts.tcp(2), 7);
        one.kernel.packet(flow);
        cluster.run(9000);
        cluster.assertAllHold(List.of(flow));
        assertThat(two.injected.of(Result.EVICTED)).isEqualTo(1);
    }

    @Test
    void anIdentityUsedAgainWithAnotherTranslationIsCreatedAnew() {
        activeStandby();
        Flow flow = FlowTexts.snatted(FlowTexts.tcp(1), 7);
        one.kernel.packet(flow);
        cluster.run(100);
        one.kernel.end(flow);
        Flow again = FlowTexts.snatted(FlowTexts.tcp(1), 8);
        again.status = Flow.IPS_CONFIRMED | Flow.IPS_SRC_NAT;
        again.tcpState = 1;
        one.kernel.packet(again);
        cluster.run(9000);
        cluster.assertAllHold(List.of(again));
    }

    @Test
    void aPeerOfAnotherProtocolVersionTakesNoPart() {
        activeStandby();
        Node three = cluster.start("three");
        byte[] hello = Frame.newBuilder()
                .setBoot(77)
                .setHello(Hello.newBuilder()
                        .setNode("three")
                        .setBuild("9.0")
                        .setMinVersion(8)
                        .setMaxVersion(9))
                .build()
                .toByteArray();
        byte[] role = Frame.newBuilder()
                .setBoot(77)
                .setHeartbeat(Heartbeat.newBuilder().setRole(NodeRole.NODE_ROLE_ACTIVE))
                .build()
                .toByteArray();
        three.frozen = true;
        three.link.broadcast(hello, 0, hello.length);
        three.link.broadcast(role, 0, role.length);
        cluster.run(200);
        PeerView refused = one.peer("three");
        assertThat(refused.connected()).isFalse();
        assertThat(refused.refused())
                .isEqualTo("speaks protocol 8 to 9 (build 9.0), this node 2 to 2: upgrade this node");
        assertThat(one.counts.strangerFrames.sum()).isPositive();
        cluster.stop(three);
        Flow flow = FlowTexts.tcp(1);
        one.kernel.packet(flow);
        cluster.run(200);
        cluster.assertAllHold(List.of(flow));
    }

    @Test
    void aNodeOfTheSameNameIsRefusedUntilItIsGone() {
        activeStandby();
        Node three = cluster.start("three");
        byte[] hello = Frame.newBuilder()
                .setBoot(77)
                .setHello(Hello.newBuilder()
                        .setNode("one")
                        .setMinVersion(ProtocolVersion.MIN)
                        .setMaxVersion(ProtocolVersion.MAX))
                .build()
                .toByteArray();
        three.frozen = true;
        three.link.broadcast(hello, 0, hello.length);
        cluster.run(200);
        assertThat(one.peer("one").connected()).isFalse();
        assertThat(one.peer("one").refused()).startsWith("is also the name of this node");
        cluster.stop(three);
        cluster.run(200);
        assertThat(one.replicator.peers()).extracting(PeerView::name).containsExactly("two");
    }

    @Test
    void lagIsNeverZeroWhileAPeerIsAway() {
        activeStandby();
        one.kernel.packet(FlowTexts.tcp(1));
        cluster.run(200);
        assertThat(one.peer("two").lagSeconds()).isZero();
        cluster.island(two, true);
        cluster.run(5000);
        assertThat(one.peer("two").connected()).isFalse();
        assertThat(one.peer("two").lagSeconds()).isBetween(4.9, 5.2);
        assertThat(one.peer("two").lagFlows()).isEqualTo(1);
    }

    @Test
    void aFrozenPeerClosesTheWindowAndNothingElse() {
        activeStandby();
        two.frozen = true;
        long before = one.counts.framesSent.sum();
        List<Flow> flows = variedFlows(100_000);
        flows.forEach(one.kernel::packet);
        cluster.run(1000);
        assertThat(one.table.toPublish().size()).isGreaterThan(10_000);
        assertThat(one.counts.framesSent.sum() - before).isLessThan(Outlet.WINDOW_FRAMES + 100);
        assertThat(one.peer("two").lagSeconds()).isBetween(0.9, 1.1);
        assertThat(one.peer("two").lagFlows()).isEqualTo(100_000);
        two.frozen = false;
        cluster.run(1000);
        cluster.assertAllHold(flows);
        assertThat(one.peer("two").lagFlows()).isZero();
    }

    @Test
    void whatWasStillWaitingForInjectionIsInTheKernelOfTheNewActive() {
        activeStandby();
        Flow flow = FlowTexts.tcp(1);
        flow.tcpState = 2;
        one.kernel.packet(flow);
        cluster.run(200);
        flow.tcpState = 4;
        one.kernel.packet(flow);
        while (two.table.toInject().isEmpty()) {
            cluster.run(20);
        }
        cluster.stop(one);
        two.active();
        cluster.run(200);
        cluster.assertAllHold(List.of(flow));
        assertThat(two.table.isOwn(two.table.find(flow))).isTrue();
    }

    @Test
    void whatTheKernelOfTheNewActiveRefusesEndsEverywhere() {
        Node three = cluster.start("three");
        three.standby();
        activeStandby();
        two.kernel.maxEntries = 50;
        List<Flow> flows = tcpFlows(0, 60);
        flows.forEach(one.kernel::packet);
        cluster.run(500);
        cluster.stop(one);
        two.active();
        cluster.run(500);
        cluster.assertAllHold(
                two.kernel.entries().values().stream().map(entry -> entry.flow).toList());
        assertThat(three.kernel.entries()).hasSize(50);
    }

    @Test
    void whatIsClaimedCountsOnceItIsPublished() {
        activeStandby();
        tcpFlows(0, 100).forEach(one.kernel::packet);
        cluster.run(300);
        cluster.stop(one);
        two.active();
        cluster.run(20);
        assertThat(two.table.owners().self().flows()).isEqualTo(100);
        assertThat(two.table.owners().self().published()).isZero();
        cluster.run(200);
        assertThat(two.table.owners().self().published()).isEqualTo(100);
    }

    @Test
    void framesThatTheNetworkNeverTookDoNotCloseTheWindow() {
        activeStandby();
        one.link.refuses = true;
        List<Flow> flows = variedFlows(100_000);
        flows.forEach(one.kernel::packet);
        cluster.run(2000);
        assertThat(one.table.toPublish().size()).isPositive();
        one.link.refuses = false;
        cluster.run(5000);
        cluster.assertAllHold(flows);
        assertThat(one.peer("two").lagFlows()).isZero();
    }

    @Test
    void aLostEndIsNotTakenForTheNextLifeOfItsIdentity() {
        activeStandby();
        Flow flow = FlowTexts.snatted(FlowTexts.tcp(1), 7);
        one.kernel.packet(flow);
        cluster.run(200);
        one.link.refuses = true;
        one.kernel.end(flow);
        cluster.run(200);
        Flow again = FlowTexts.snatted(FlowTexts.tcp(1), 8);
        one.kernel.packet(again);
        cluster.run(200);
        one.link.refuses = false;
        cluster.run(5000);
        cluster.assertAllHold(List.of(again));
    }

    @Test
    void anEndThatOvertakesTheClaimOfItsFlowIsHeard() {
        Node three = cluster.start("three");
        three.standby();
        activeStandby();
        List<Flow> flows = tcpFlows(0, 100);
        flows.forEach(one.kernel::packet);
        cluster.run(300);
        cluster.stop(one);
        two.active();
        cluster.run(20);
        two.kernel.end(flows.removeFirst());
        cluster.run(500);
        cluster.assertAllHold(flows);
    }

    @Test
    void aFlowThatOnlyADeadNodeKnewOfEndsAfterAnAudit() {
        Node three = cluster.start("three");
        three.standby();
        activeStandby();
        List<Flow> flows = tcpFlows(0, 10);
        flows.forEach(one.kernel::packet);
        cluster.run(300);
        cluster.network.frameDelay = () -> 10_000;
        cluster.move(two, 1);
        cluster.network.frameDelay = () -> 0;
        one.kernel.packet(FlowTexts.tcp(50));
        cluster.run(100);
        cluster.stop(one);
        cluster.move(two, 0);
        two.active();
        cluster.run(2000);
        assertThat(three.kernel.entry(FlowTexts.tcp(50))).isNotNull();
        three.audit();
        cluster.run(500);
        cluster.assertAllHold(flows);
    }

    @Test
    void aStandbyGivesItsFlowsUpOnlyToANodeThatHasThem() {
        activeStandby();
        List<Flow> flows = tcpFlows(0, 100);
        flows.forEach(one.kernel::packet);
        cluster.run(300);
        cluster.stop(two);
        two.kernel.entries().values().stream().map(entry -> entry.flow).toList().forEach(two.kernel::end);
        cluster.run(300);
        one.standby();
        cluster.start("two").active();
        cluster.run(3000);
        cluster.assertAllHold(flows);
    }

    @Test
    void aFlowThatWasEvictedIsNotClaimedForGood() {
        two.standby();
        one.role(NodeRole.NODE_ROLE_UNKNOWN);
        Flow leftover = FlowTexts.snatted(FlowTexts.tcp(1), 7);
        one.kernel.listen(null);
        one.kernel.packet(leftover);
        one.kernel.listen(one.capture);
        one.audit();
        two.active();
        Flow flow = FlowTexts.snatted(FlowTexts.tcp(2), 7);
        two.kernel.packet(flow);
        while (one.injected.of(Result.EVICTED) == 0) {
            cluster.run(20);
        }
        two.standby();
        one.active();
        cluster.run(3000);
        cluster.assertAllHold(List.of(flow));
    }

    @Test
    void theReportsOfManyPeersAreSpreadOverHeartbeats() {
        one.active();
        for (int i = 0; i < 60; i++) {
            cluster.start("n" + i).standby();
        }
        List<Flow> flows = tcpFlows(0, 20);
        flows.forEach(one.kernel::packet);
        cluster.run(3000);
        cluster.assertAllHold(flows);
        assertThat(one.replicator.peers()).hasSize(61).allMatch(peer -> peer.lagFlows() == 0);
        assertThat(one.counts.failedFrames.sum()).isZero();
    }

    @Test
    void anOwnersPlaceIsNotUsedAgainWhileItMayComeBack() {
        Node three = cluster.start("three");
        three.standby();
        activeStandby();
        cluster.island(three, true);
        cluster.run(500);
        cluster.start("four").standby();
        cluster.run(500);
        cluster.island(three, false);
        cluster.run(1000);
        three.kernel.packet(FlowTexts.tcp(1));
        cluster.nodes.get("four").kernel.packet(FlowTexts.tcp(2));
        cluster.run(3000);
        cluster.assertAllHold(List.of(FlowTexts.tcp(1), FlowTexts.tcp(2)));
    }

    @Test
    void anActiveNodeNeverDeletesWhatLivesInItsKernel() {
        activeStandby();
        Flow flow = FlowTexts.snatted(FlowTexts.tcp(1), 7);
        one.kernel.packet(flow);
        cluster.island(two, true);
        two.active();
        Flow other = FlowTexts.snatted(FlowTexts.tcp(1), 8);
        for (int mark = 0; mark < 5; mark++) {
            other.mark = mark;
            two.kernel.packet(other);
            cluster.run(100);
        }
        one.kernel.onDeleted = entry -> assertThat(one.isActive()).isFalse();
        cluster.island(two, false);
        cluster.run(1000);
        two.standby();
        cluster.run(1000);
        one.audit();
        cluster.run(1000);
        one.audit();
        cluster.run(1000);
        flow.mark = 4;
        cluster.assertAllHold(List.of(flow));
    }

    @Test
    void aWordThatIsOvertakenByAHigherVersionIsIgnored() {
        Node three = cluster.start("three");
        three.standby();
        one.active();
        two.active();
        Flow flow = FlowTexts.tcp(1);
        one.kernel.packet(flow);
        cluster.run(300);
        long stale = three.counts.staleDeltas.sum();
        cluster.network.frameDelay = () -> 500;
        flow.mark = 1;
        one.kernel.packet(flow);
        cluster.run(5);
        cluster.network.frameDelay = () -> 0;
        Flow other = FlowTexts.tcp(2);
        two.kernel.packet(other);
        two.kernel.packet(FlowTexts.tcp(3));
        flow.mark = 2;
        two.kernel.packet(flow);
        cluster.run(600);
        assertThat(three.counts.staleDeltas.sum()).isEqualTo(stale + 1);
        assertThat(three.counts.ownershipConflicts.sum()).isZero();
        cluster.assertAllHold(List.of(flow, other, FlowTexts.tcp(3)));
        assertThat(two.table.owners().self().published()).isEqualTo(3);
    }
}
