package io.keepflow.it.bulk;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A small form of what {@code ./bulk} runs: the kernels of all nodes are the same, though the link lost a lot. */
class LossyLinkIT {
    @ParameterizedTest
    @CsvSource({"2, 100000, 5", "3, 50000, 20"})
    void nothingIsMissingStaleOrDifferent(int nodes, int flows, int lossPercent) throws Exception {
        BulkPlan plan = new BulkPlan(nodes, flows, lossPercent);
        try (BulkCluster cluster = BulkCluster.open(plan, System.out::println)) {
            cluster.lose(plan.lossPercent());

            Phase stream = cluster.stream();
            Phase join = cluster.joinLate();

            assertComplete(stream, plan);
            assertComplete(join, plan);
            assertThat(cluster.lost()).as("datagrams lost").isGreaterThan(lossPercent);
            assertThat(stream.retransmissions()).isPositive();
        }
    }

    /** Nineteen of twenty parts of the flows have been churned, of which a twentieth ended and did not come back. */
    private static void assertComplete(Phase phase, BulkPlan plan) {
        assertThat(phase.kernels().isEqual()).as("%s", phase.kernels()).isTrue();
        assertThat(phase.kernels().flows()).isEqualTo(plan.flows() - plan.flows() / 400 * 19);
        assertThat(phase.kernels().differences()).hasSize(plan.nodes() - 1);
    }
}
