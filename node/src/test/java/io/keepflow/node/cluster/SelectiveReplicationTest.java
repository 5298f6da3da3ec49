package io.keepflow.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import io.keepflow.node.cluster.SimulatedCluster.Node;
import io.keepflow.node.filter.Rules;
import io.keepflow.node.filter.Selection;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.v1.Frame;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Whole nodes with filters: what is held, released, withdrawn, taken over; and that the accounts agree at the end. */
final class SelectiveReplicationTest {
    private static final int SYN_SENT = 1;
    private static final int ESTABLISHED = 3;
    private static final int FIN_WAIT = 4;

    private final SimulatedCluster cluster = new SimulatedCluster();
    private Node one;
    private Node two;
    private int framesSeen;

    private void start(Selection selection) {
        cluster.selection = selection;
        one = cluster.start("one");
        two = cluster.start("two");
        one.active();
        two.standby();
        cluster.run(200);
    }

    private static Selection include(int... tcpStates) {
        return new Selection(List.of(Rules.tcpStates(tcpStates)), List.of(), false, 0);
    }

    private static Selection minAge(int seconds) {
        return new Selection(List.of(), List.of(), false, seconds);
    }

    private static Selection onlyAssured() {
        return new Selection(List.of(), List.of(), true, 0);
    }

    private static List<Flow> tcpFlows(int from, int to) {
        return new ArrayList<>(
                IntStream.range(from, to).mapToObj(FlowTexts::tcp).toList());
    }

    private static void remains(Node node, List<Flow> inTable, List<Flow> inKernel) {
        assertThat(node.tableTexts())
                .as("table of " + node.name)
                .containsExactlyInAnyOrderElementsOf(
                        inTable.stream().map(FlowTexts::state).toList());
        assertThat(node.kernel.entries().values().stream().map(entry -> FlowTexts.state(entry.flow)))
                .as("kernel of " + node.name)
                .containsExactlyInAnyOrderElementsOf(
                        inKernel.stream().map(FlowTexts::state).toList());
        node.checkBooks();
    }

    private int deltas(byte[] payload) {
        framesSeen++;
        try {
            return Frame.parseFrom(payload).getDeltasCount();
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whatIsExcludedForLifeNeverEntersTheTable() {
        start(new Selection(List.of(), List.of(Rules.protocol(Flow.UDP)), false, 0));
        Flow udp = FlowTexts.udp(1, 60);
        Flow tcp = FlowTexts.tcp(2);
        one.kernel.packet(udp);
        one.kernel.packet(tcp);
        cluster.run(200);
        remains(one, List.of(tcp), List.of(udp, tcp));
        remains(two, List.of(tcp), List.of(tcp));
        one.audit();
        one.kernel.end(udp);
        cluster.run(200);
        cluster.assertAllHold(List.of(tcp));
        assertThat(one.exclusions.of(Selection.EXCLUDED)).isEqualTo(1);
    }

    @Test
    void aFlowIsHeldUntilItIsAssured() {
        start(onlyAssured());
        long before = one.counts.published.sum();
        Flow flow = FlowTexts.tcp(1);
        flow.status = Flow.IPS_CONFIRMED;
        flow.tcpState = SYN_SENT;
        one.kernel.packet(flow);
        cluster.run(200);
        remains(one, List.of(flow), List.of(flow));
        remains(two, List.of(), List.of());
        assertThat(one.table.held()).isEqualTo(1);
        assertThat(one.peer("two").lagFlows()).isZero();
        assertThat(one.counts.published.sum()).isEqualTo(before);
        flow.status = FlowTexts.ESTABLISHED;
        flow.tcpState = ESTABLISHED;
        one.kernel.packet(flow);
        cluster.run(200);
        cluster.assertAllHold(List.of(flow));
        assertThat(one.table.held()).isZero();
        assertThat(one.exclusions.of(Selection.NOT_ASSURED)).isEqualTo(1);
    }

    @Test
    void aFlowThatQualifiesNoLongerIsWithdrawnAndComesBack() {
        start(include(ESTABLISHED));
        Flow flow = FlowTexts.tcp(1);
        one.kernel.packet(flow);
        cluster.run(200);
        cluster.assertAllHold(List.of(flow));
        flow.tcpState = FIN_WAIT;
        one.kernel.packet(flow);
        cluster.run(200);
        remains(one, List.of(flow), List.of(flow));
        remains(two, List.of(), List.of());
        assertThat(one.counts.withdrawn.sum()).isEqualTo(1);
        assertThat(one.table.held()).isEqualTo(1);
        flow.tcpState = ESTABLISHED;
        one.kernel.packet(flow);
        cluster.run(200);
        cluster.assertAllHold(List.of(flow));
        flow.tcpState = FIN_WAIT;
        one.kernel.packet(flow);
        cluster.run(200);
        long frames = one.counts.published.sum();
        one.kernel.end(flow);
        cluster.run(200);
        cluster.assertAllHold(List.of());
        assertThat(one.counts.published.sum()).as("the end of what nobody has").isEqualTo(frames);
        assertThat(one.table.held()).isZero();
    }

    @Test
    void whatIsWithdrawnMissesNoSnapshotAndNoRestart() {
        start(include(ESTABLISHED));
        List<Flow> flows = tcpFlows(0, 500);
        flows.forEach(one.kernel::packet);
        cluster.run(300);
        Flow closing = flows.removeLast();
        closing.tcpState = FIN_WAIT;
        one.kernel.packet(closing);
        cluster.run(300);
        Node three = cluster.start("three");
        three.standby();
        cluster.run(1000);
        assertThat(three.peer("one").complete()).isTrue();
        remains(three, flows, flows);
        cluster.stop(one);
        cluster.run(1000);
        one = cluster.start("one");
        one.active();
        cluster.run(3000);
        remains(two, flows, flows);
        remains(three, flows, flows);
        one.kernel.end(closing);
        cluster.run(300);
        cluster.assertAllHold(flows);
    }

    /** Counted where it matters: frames that carry flows. */
    @Test
    void shortFlowsNeverLeaveTheNode() {
        start(minAge(5));
        one.link.tap = payload -> assertThat(deltas(payload)).isZero();
        for (int second = 0; second < 60; second++) {
            List<Flow> shortOnes = tcpFlows(second * 100, second * 100 + 100);
            shortOnes.forEach(one.kernel::packet);
            cluster.run(500);
            shortOnes.forEach(flow -> flow.mark = 1);
            shortOnes.forEach(one.kernel::packet);
            cluster.run(second % 5 * 1000 + 400);
            shortOnes.forEach(one.kernel::end);
            cluster.run(100);
        }
        assertThat(framesSeen).as("heartbeats").isPositive();
        assertThat(one.exclusions.of(Selection.TOO_YOUNG)).isEqualTo(6000);
        cluster.assertAllHold(List.of());
    }

    @Test
    void aFlowIsPublishedOnceItIsOldEnoughWithoutAnotherEvent() {
        start(minAge(5));
        List<Flow> flows = tcpFlows(0, 100);
        flows.forEach(one.kernel::packet);
        cluster.run(4900);
        remains(two, List.of(), List.of());
        assertThat(one.table.held()).isEqualTo(100);
        cluster.run(300);
        cluster.assertAllHold(flows);
        assertThat(one.table.held()).isZero();
    }

    /** The slot and the identity of a short flow are used again at once: the new one's age is its own. */
    @Test
    void aNewLifeIsAsYoungAsItIs() {
        start(minAge(5));
        Flow first = FlowTexts.tcp(1);
        one.kernel.packet(first);
        cluster.run(4000);
        one.kernel.end(first);
        one.kernel.packet(first);
        cluster.run(2000);
        remains(two, List.of(), List.of());
        one.kernel.end(first);
        cluster.run(100);
        one.kernel.packet(FlowTexts.tcp(2));
        cluster.run(4000);
        remains(two, List.of(), List.of());
        cluster.run(1200);
        cluster.assertAllHold(List.of(FlowTexts.tcp(2)));
    }

    @Test
    void theNextLifeOfAPublishedIdentityIsHeldAgain() {
        start(minAge(5));
        Flow flow = FlowTexts.tcp(1);
        one.kernel.packet(flow);
        cluster.run(6000);
        cluster.assertAllHold(List.of(flow));
        one.kernel.end(flow);
        one.kernel.packet(flow);
        cluster.run(300);
        remains(two, List.of(), List.of());
        cluster.run(5000);
        cluster.assertAllHold(List.of(flow));
    }

    @Test
    void theNextLifeOfWhatWasInheritedIsHeld() {
        start(onlyAssured());
        Flow flow = FlowTexts.tcp(1);
        one.kernel.packet(flow);
        cluster.run(200);
        cluster.stop(one);
        two.active();
        cluster.run(1000);
        assertThat(two.table.owners().self().published()).isEqualTo(1);
        two.kernel.end(flow);
        Flow next = FlowTexts.tcp(1);
        next.status = Flow.IPS_CONFIRMED;
        next.tcpState = SYN_SENT;
        two.kernel.packet(next);
        cluster.run(200);
        assertThat(two.table.held()).isEqualTo(1);
        assertThat(two.table.owners().self().published()).isZero();
    }

    /** What was there before the node began is old: its peers must not lose it while the node would wait. */
    @Test
    void aRestartMakesNothingYoung() {
        start(minAge(30));
        List<Flow> flows = tcpFlows(0, 200);
        flows.forEach(one.kernel::packet);
        cluster.run(31_000);
        cluster.assertAllHold(flows);
        cluster.stop(one);
        cluster.run(500);
        one = cluster.start("one");
        one.active();
        two.kernel.onDeleted =
                entry -> assertThat(entry.flow.mark).as("a flow that lives").isEqualTo(-1);
        cluster.run(1000);
        two.audit();
        cluster.run(1000);
        cluster.assertAllHold(flows);
    }

    @Test
    void aTakeoverKeepsWhatWasReplicated() {
        start(new Selection(List.of(Rules.tcpStates(ESTABLISHED)), List.of(), true, 5));
        List<Flow> flows = tcpFlows(0, 300);
        flows.forEach(one.kernel::packet);
        cluster.run(6000);
        Flow young = FlowTexts.tcp(400);
        one.kernel.packet(young);
        cluster.run(300);
        Node three = cluster.start("three");
        three.standby();
        cluster.run(1000);
        cluster.stop(one);
        two.active();
        cluster.run(1000);
        cluster.assertAllHold(flows);
        assertThat(two.table.owners().self().published()).isEqualTo(300);
        Flow changed = flows.getFirst();
        changed.tcpState = FIN_WAIT;
        two.kernel.packet(changed);
        cluster.run(300);
        cluster.assertAllHold(flows);
        two.kernel.end(flows.removeFirst());
        cluster.run(300);
        cluster.assertAllHold(flows);
    }

    /** The filters differ, as while a new one is rolled out: what a peer sends is taken, and taken over. */
    @Test
    void aStricterFilterDropsNothingThatIsReplicated() {
        start(Selection.EVERYTHING);
        cluster.stop(two);
        cluster.selection = new Selection(List.of(Rules.protocol(Flow.UDP)), List.of(), false, 0);
        two = cluster.start("two");
        two.standby();
        List<Flow> flows = tcpFlows(0, 100);
        flows.forEach(one.kernel::packet);
        cluster.run(500);
        cluster.assertAllHold(flows);
        one.standby();
        two.active();
        cluster.run(500);
        cluster.assertAllHold(flows);
        two.audit();
        two.kernel.end(flows.removeFirst());
        cluster.run(300);
        cluster.assertAllHold(flows);
    }

    /** Both kernels see packets, and only one of them calls the flow assured: the flow stays, and stays with one owner. */
    @Test
    void anAsymmetricFlowDoesNotComeAndGo() {
        start(onlyAssured());
        two.active();
        Flow flow = FlowTexts.tcp(1);
        one.kernel.packet(flow);
        cluster.run(200);
        Flow half = FlowTexts.tcp(1);
        half.status = Flow.IPS_CONFIRMED | Flow.IPS_SEEN_REPLY;
        two.kernel.packet(half);
        cluster.run(200);
        assertThat(two.table.isOwn(two.table.find(flow))).isTrue();
        assertThat(one.kernel.entry(flow)).isNotNull();
        assertThat(one.counts.withdrawn.sum() + two.counts.withdrawn.sum()).isZero();
        cluster.run(5000);
        assertThat(one.peer("two").complete()).isTrue();
        assertThat(two.peer("one").complete()).isTrue();
    }

    @Test
    void aFlowThatIsHeldHereAndPublishedByAPeerIsThePeers() {
        start(onlyAssured());
        two.active();
        Flow half = FlowTexts.tcp(1);
        half.status = Flow.IPS_CONFIRMED;
        one.kernel.packet(half);
        cluster.run(200);
        assertThat(one.table.held()).isEqualTo(1);
        Flow flow = FlowTexts.tcp(1);
        two.kernel.packet(flow);
        cluster.run(200);
        assertThat(one.table.held()).isZero();
        cluster.assertAllHold(List.of(flow));
    }
}
