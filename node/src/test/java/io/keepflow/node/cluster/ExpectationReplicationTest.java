package io.keepflow.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.node.cluster.SimulatedCluster.Node;
import io.keepflow.node.netlink.EventType;
import io.keepflow.protocol.Expectation;
import io.keepflow.protocol.Expectation.Endpoints;
import io.keepflow.protocol.Expectation.Identity;
import io.keepflow.protocol.Expectation.Master;
import io.keepflow.protocol.Expectation.SourceMask;
import io.keepflow.protocol.Expectation.Translation;
import io.keepflow.protocol.ExpectationCodec;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.v1.Expectations;
import io.keepflow.protocol.v1.Frame;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Expectations between whole nodes, faults included. */
final class ExpectationReplicationTest {
    private static final int FOREIGN_PORT_ID = 999;

    private final SimulatedCluster cluster = new SimulatedCluster();
    private final Node one = cluster.start("one");
    private final Node two = cluster.start("two");
    private final Flow master = FlowTexts.tcp(1);

    private void activeStandby() {
        one.active();
        two.standby();
        cluster.run(300);
        one.kernel.packet(master);
        cluster.run(100);
    }

    static Expectation expected(Flow master, int port, int seconds) {
        Endpoints original = Endpoints.of(master.original);
        Endpoints tuple =
                new Endpoints(original.srcHigh(), original.srcLow(), original.dstHigh(), original.dstLow(), 0, port);
        return new Expectation(
                new Identity(master.family, Flow.TCP, master.zone, tuple, new SourceMask(0, 0xffffffffL, 0)),
                new Master(master.protocol, original),
                seconds,
                0,
                0,
                "ftp",
                "nat-follow-master",
                new Translation(1, 0, 0, port));
    }

    @Test
    void oneIsMadeUsedAndGoneOnBothSides() {
        activeStandby();
        Expectation expectation = expected(master, 5000, 300);
        one.expected.expect(expectation);
        cluster.run(40);
        cluster.assertAllExpect(List.of(expectation));
        assertThat(two.expectations.all().getFirst().owner().name()).isEqualTo("one");
        one.expected.end(expectation.identity(), 0);
        cluster.run(40);
        cluster.assertAllExpect(List.of());
    }

    @Test
    void oneWhoseMasterIsNotThereYetWaitsForIt() {
        activeStandby();
        Flow late = FlowTexts.tcp(2);
        Expectation expectation = expected(late, 5000, 300);
        one.expectationCapture.onExpectation(EventType.NEW, expectation, 0);
        cluster.run(100);
        assertThat(two.expectations.size()).isZero();
        one.kernel.packet(late);
        one.expected.expect(expectation);
        cluster.run(200);
        cluster.assertAllExpect(List.of(expectation));
    }

    @Test
    void theKernelThatRefusesIsAskedAgain() {
        activeStandby();
        two.expected.refusal = () -> 24;
        Expectation expectation = expected(master, 5000, 300);
        one.expected.expect(expectation);
        cluster.run(1000);
        assertThat(two.expected.all()).isEmpty();
        assertThat(two.expectations.unplaced()).isEqualTo(1);
        assertThat(two.expectationInjector.lastErrno()).isEqualTo(24);
        assertThat(two.expectationInjector.refused.sum()).isBetween(4L, 10L);
        two.expected.refusal = () -> 0;
        cluster.run(1500);
        cluster.assertAllExpect(List.of(expectation));
        assertThat(two.expectations.unplaced()).isZero();
    }

    @Test
    void aNodeThatHasOneToPutIntoItsKernelHasNoRest() {
        activeStandby();
        two.expected.refusal = () -> 24;
        one.expected.expect(expected(master, 5000, 300));
        cluster.run(3000);
        assertThat(two.replicator.isAtRest()).isFalse();
        two.expected.refusal = () -> 0;
        cluster.run(3000);
        assertThat(two.replicator.isAtRest()).isTrue();
    }

    @Test
    void aStandbyThatTakesOverGoesOnAndTellsTheOthers() {
        Node three = cluster.start("three");
        activeStandby();
        three.standby();
        Expectation used = expected(master, 5000, 300);
        Expectation kept = expected(master, 5001, 300);
        one.expected.expect(used);
        one.expected.expect(kept);
        cluster.run(100);
        cluster.stop(one);
        two.active();
        cluster.run(500);
        assertThat(three.expectations.all())
                .hasSize(2)
                .allMatch(record -> record.owner().name().equals("two"));
        two.expected.end(used.identity(), 0);
        cluster.run(100);
        cluster.assertAllExpect(List.of(kept));
    }

    @Test
    void oneThatIsUsedAtTheOtherActiveEndsEverywhere() {
        activeStandby();
        two.active();
        cluster.run(200);
        Expectation expectation = expected(master, 5000, 300);
        one.expected.expect(expectation);
        cluster.run(100);
        cluster.assertAllExpect(List.of(expectation));
        two.expected.end(expectation.identity(), 0);
        cluster.run(100);
        cluster.assertAllExpect(List.of());
    }

    @Test
    void aVersionThatNobodyCanHaveReachedIsIgnored() {
        activeStandby();
        byte[] poison = Frame.newBuilder()
                .setBoot(one.table.owners().self().boot())
                .setSequence(1)
                .setExpectations(Expectations.newBuilder()
                        .addExpectations(ExpectationCodec.write(expected(master, 5000, 300), Long.MAX_VALUE, false)))
                .build()
                .toByteArray();
        one.link.broadcast(poison, 0, poison.length);
        cluster.run(200);
        assertThat(two.counts.implausibleVersions.sum()).isEqualTo(1);
        assertThat(two.expectations.size()).isZero();
    }

    @Test
    void anActivePeersStaysThePeers() {
        activeStandby();
        two.active();
        cluster.run(200);
        one.expected.expect(expected(master, 5000, 300));
        cluster.run(2000);
        two.audit();
        cluster.run(1000);
        assertThat(one.expectations.all().getFirst().isOwn()).isTrue();
        assertThat(two.expectations.all().getFirst().owner().name()).isEqualTo("one");
        assertThat(two.counts.expectationsPublished.sum()).isZero();
    }

    /** Its peer used one of them meanwhile, and never heard of the other. */
    @Test
    void whoReturnsAsAStandbyGivesUpWhatItOwned() {
        activeStandby();
        Expectation used = expected(master, 5000, 300);
        Expectation kept = expected(master, 5001, 300);
        one.expected.expect(used);
        one.expected.expect(kept);
        cluster.run(100);
        cluster.island(one, true);
        two.active();
        cluster.run(500);
        two.expected.end(used.identity(), 0);
        one.expected.expect(expected(master, 5002, 300));
        cluster.run(500);
        one.standby();
        cluster.island(one, false);
        cluster.run(5000);
        cluster.assertAllExpect(List.of(kept));
        assertThat(two.expectations.all()).allMatch(record -> record.isOwn());
    }

    @Test
    void whatSomebodyTakesOutOfAStandbyIsPutBack() {
        activeStandby();
        Expectation expectation = expected(master, 5000, 300);
        one.expected.expect(expectation);
        cluster.run(100);
        two.expected.end(expectation.identity(), FOREIGN_PORT_ID);
        assertThat(two.expected.all()).isEmpty();
        cluster.run(100);
        cluster.assertAllExpect(List.of(expectation));
    }

    @Test
    void aTimeThatIsBegunAnewIsSeenByTheAuditAndPassedOn() {
        activeStandby();
        one.expected.expect(expected(master, 5000, 5));
        cluster.run(3000);
        one.expected.expect(expected(master, 5000, 60));
        cluster.run(10_000);
        cluster.assertAllExpect(List.of(expected(master, 5000, 60)));
    }

    @Test
    void oneThatNobodyUsesRunsOutEverywhere() {
        activeStandby();
        one.expected.expect(expected(master, 5000, 3));
        cluster.run(2000);
        cluster.assertAllExpect(List.of(expected(master, 5000, 3)));
        cluster.run(4000);
        cluster.assertAllExpect(List.of());
    }

    @Test
    void itEndsWithItsMaster() {
        activeStandby();
        one.expected.expect(expected(master, 5000, 300));
        cluster.run(100);
        one.kernel.end(master);
        cluster.run(300);
        cluster.assertAllExpect(List.of());
    }

    @Test
    void aSplitIsRepairedFromTheList() {
        activeStandby();
        List<Expectation> kept = new ArrayList<>();
        for (int port = 5000; port < 5200; port++) {
            kept.add(expected(master, port, 300));
            one.expected.expect(kept.getLast());
        }
        cluster.run(200);
        cluster.island(two, true);
        cluster.run(6000);
        for (int port = 5000; port < 5050; port++) {
            one.expected.end(kept.removeFirst().identity(), 0);
            kept.add(expected(master, port + 1000, 300));
            one.expected.expect(kept.getLast());
        }
        cluster.run(200);
        cluster.island(two, false);
        cluster.run(8000);
        cluster.assertAllExpect(kept);
        assertThat(two.counts.expectationLists.sum()).isPositive();
    }

    @Test
    void aNodeThatComesLateGetsAllOfThem() {
        activeStandby();
        List<Expectation> all = new ArrayList<>();
        for (int port = 5000; port < 5700; port++) {
            all.add(expected(master, port, 300));
            one.expected.expect(all.getLast());
        }
        Node three = cluster.start("three");
        three.standby();
        cluster.run(4000);
        cluster.assertAllExpect(all);
    }

    @Test
    void aRestartedActiveFindsItsOwnInTheKernel() {
        activeStandby();
        Expectation expectation = expected(master, 5000, 300);
        one.expected.expect(expectation);
        cluster.run(100);
        cluster.stop(one);
        cluster.run(1000);
        Node again = cluster.start("one");
        again.active();
        cluster.run(6000);
        cluster.assertAllExpect(List.of(expectation));
        assertThat(again.expectations.all().getFirst().isOwn()).isTrue();
    }
}
