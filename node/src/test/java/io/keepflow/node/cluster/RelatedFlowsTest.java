package io.keepflow.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.node.cluster.SimulatedCluster.Node;
import io.keepflow.node.inject.Injections.Result;
import io.keepflow.protocol.Flow;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Flows that have a master or a helper, on kernels that take them in the right order only. */
final class RelatedFlowsTest {
    private final SimulatedCluster cluster = new SimulatedCluster();
    private final Node one = cluster.start("one");
    private final Flow master = FlowTexts.helped(FlowTexts.tcp(1), "ftp");

    @BeforeEach
    void active() {
        one.active();
        cluster.run(200);
    }

    /** A closing connection could wait, but not one that others are related to; and what the kernel lost comes back in order. */
    @Test
    void mastersGoBeforeTheFlowsThatTheyExpected() {
        Node two = standby();
        master.tcpState = 5;
        Flow middle = FlowTexts.helped(FlowTexts.related(FlowTexts.tcp(2), master), "sip");
        middle.tcpState = 5;
        Flow related = FlowTexts.related(FlowTexts.udp(3, 60), middle);
        List<Flow> flows = List.of(master, middle, related);
        flows.forEach(one.kernel::packet);
        cluster.run(200);
        cluster.assertAllHold(flows);
        assertThat(masterOf(two, middle)).isEqualTo(FlowTexts.identity(master));
        assertThat(masterOf(two, related)).isEqualTo(FlowTexts.identity(middle));
        for (Flow flow : flows.reversed()) {
            two.kernel.end(flow);
        }
        cluster.run(200);
        cluster.assertAllHold(flows);
        assertThat(masterOf(two, middle)).isEqualTo(FlowTexts.identity(master));
        assertThat(masterOf(two, related)).isEqualTo(FlowTexts.identity(middle));
        assertThat(two.injected.of(Result.ORPHANED)).isZero();
    }

    /** Slots are used again: the related flows lie in front of their masters. */
    @Test
    void aSnapshotHasMastersFirst() {
        int count = 10_000;
        List<Flow> first = new ArrayList<>(
                IntStream.range(10_000, 10_000 + count).mapToObj(FlowTexts::tcp).toList());
        first.forEach(one.kernel::packet);
        cluster.run(200);
        List<Flow> masters = IntStream.range(0, count)
                .mapToObj(i -> FlowTexts.helped(FlowTexts.tcp(i), "ftp"))
                .toList();
        masters.forEach(one.kernel::packet);
        cluster.run(200);
        first.forEach(one.kernel::end);
        cluster.run(200);
        List<Flow> related = IntStream.range(0, count)
                .mapToObj(i -> FlowTexts.related(FlowTexts.tcp(20_000 + i), masters.get(i)))
                .toList();
        related.forEach(one.kernel::packet);
        cluster.run(200);
        assertThat(one.table.find(related.getFirst())).isLessThan(one.table.find(masters.getFirst()));

        Node two = standby();
        cluster.run(1000);
        List<Flow> all = new ArrayList<>(masters);
        all.addAll(related);
        cluster.assertAllHold(all);
        assertThat(related).allSatisfy(flow -> assertThat(masterOf(two, flow)).isNotEmpty());
        assertThat(two.injected.of(Result.ORPHANED)).isZero();
    }

    @Test
    void withoutItsMasterAFlowLivesAndIsReunitedWhenTheMasterComes() {
        Node two = standby();
        Flow related = FlowTexts.related(FlowTexts.udp(3, 600), master);
        one.kernel.packet(related);
        cluster.run(200);
        cluster.assertAllHold(List.of(related));
        assertThat(masterOf(two, related)).isEmpty();
        assertThat(two.injected.of(Result.ORPHANED)).isEqualTo(1);
        related.mark = 3;
        one.kernel.packet(related);
        cluster.run(200);
        cluster.assertAllHold(List.of(related));
        assertThat(two.injected.of(Result.RECREATED)).as("an orphan is updated").isZero();

        one.kernel.packet(master);
        cluster.run(5000);
        cluster.assertAllHold(List.of(master, related));
        assertThat(masterOf(two, related)).isEqualTo(FlowTexts.identity(master));
        assertThat(two.injected.of(Result.RECREATED)).isEqualTo(1);
        cluster.run(60_000);
        assertThat(two.injected.of(Result.RECREATED)).as("once").isEqualTo(1);
    }

    @Test
    void aHelperThatIsNotLoadedIsDoneWithoutUntilItIs() {
        Node two = standby();
        two.kernel.helpers = Set.of();
        one.kernel.packet(master);
        cluster.run(200);
        assertThat(entry(two, master).flow.has(Flow.HAS_HELPER)).isFalse();
        assertThat(two.injected.of(Result.HELPLESS)).isEqualTo(1);
        assertThat(two.injected.of(Result.FAILED)).isZero();

        two.kernel.helpers = Set.of("ftp");
        two.audit();
        cluster.run(200);
        assertThat(entry(two, master).flow.extensions.helper).hasToString("ftp");
        assertThat(two.injected.of(Result.RECREATED)).isEqualTo(1);
    }

    @Test
    void anAdjustmentIsUpdatedAndAHelperOrMasterIsMadeAnew() {
        Node two = standby();
        Flow flow = FlowTexts.tcp(5);
        one.kernel.packet(flow);
        cluster.run(100);
        FlowTexts.adjusted(flow, 3);
        one.kernel.packet(flow);
        cluster.run(100);
        cluster.assertAllHold(List.of(flow));
        assertThat(two.injected.of(Result.RECREATED)).isZero();
        FlowTexts.helped(flow, "ftp");
        one.kernel.packet(flow);
        cluster.run(100);
        cluster.assertAllHold(List.of(flow));
        assertThat(two.injected.of(Result.RECREATED)).isEqualTo(1);
    }

    private Node standby() {
        Node two = cluster.start("two");
        two.standby();
        cluster.run(300);
        return two;
    }

    private static SimulatedKernel.Entry entry(Node node, Flow flow) {
        return Objects.requireNonNull(node.kernel.entry(flow));
    }

    /** The identity of the master that the node's kernel knows of, or nothing. */
    private static String masterOf(Node node, Flow flow) {
        Flow entry = entry(node, flow).flow;
        return entry.has(Flow.HAS_MASTER) ? FlowTexts.master(entry) : "";
    }
}
