package io.keepflow.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.node.cluster.SimulatedCluster.Node;
import io.keepflow.protocol.Flow;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What crosses the link when a node comes back that holds most of its peer's flows already. */
final class DifferentialTest {
    private static final int FLOWS = 30_000;

    private final SimulatedCluster cluster = new SimulatedCluster();
    private final Node one = cluster.start("one");
    private final Node two = cluster.start("two");
    private final List<Flow> flows =
            new ArrayList<>(IntStream.range(0, FLOWS).mapToObj(FlowTexts::tcp).toList());

    private void fill() {
        one.active();
        two.standby();
        flows.forEach(one.kernel::packet);
        cluster.run(2000);
        assertThat(two.peer("one").flows()).isEqualTo(FLOWS);
    }

    /** A third of the changes are ends, a third new flows, a third new states. */
    private void change(int thirds) {
        for (int i = 0; i < thirds; i++) {
            one.kernel.end(flows.removeFirst());
            Flow fresh = FlowTexts.tcp(100_000 + i);
            one.kernel.packet(fresh);
            flows.add(fresh);
            Flow changed = flows.get(1000 + i);
            changed.mark = 7;
            one.kernel.packet(changed);
        }
    }

    @Test
    void afterAPartitionCrossesWhatDiffersAndNoMore() {
        fill();
        cluster.island(two, true);
        cluster.run(2000);
        change(100);
        cluster.run(8000);
        long full = 45L * FLOWS;
        long before = one.counts.bytesSent(Traffic.DIFFERENTIAL).sum()
                + two.counts.bytesSent(Traffic.DIFFERENTIAL).sum();
        long snapshots = one.counts.bytesSent(Traffic.SNAPSHOT).sum();
        cluster.island(two, false);
        cluster.run(3000);
        cluster.assertAllHold(flows);
        long bytes = one.counts.bytesSent(Traffic.DIFFERENTIAL).sum()
                + two.counts.bytesSent(Traffic.DIFFERENTIAL).sum()
                - before;
        assertThat(bytes).isBetween(200L * 40, full / 20);
        assertThat(one.counts.bytesSent(Traffic.SNAPSHOT).sum() - snapshots).isLessThan(100);
        assertThat(two.counts.differentials.sum()).isEqualTo(1);
        assertThat(one.counts.differingFlowsSent.sum()).isEqualTo(200);
        assertThat(two.counts.staleFlows.sum()).isEqualTo(100);
        assertThat(two.counts.snapshotFailures.sum()).isZero();
    }
}
