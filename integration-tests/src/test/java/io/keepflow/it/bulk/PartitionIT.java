package io.keepflow.it.bulk;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** A standby that was cut off from a large table gets what changed meanwhile, and not the table; one that starts empty gets all. */
class PartitionIT {
    @Test
    void afterTheLinkIsBackTheKernelsAreTheSame() throws Exception {
        try (BulkCluster cluster = BulkCluster.open(new BulkPlan(2, 60_000, 0), System.out::println)) {
            Phase stream = cluster.stream();
            Phase heal = cluster.partition();
            Phase join = cluster.joinLate();

            for (Phase phase : new Phase[] {stream, heal, join}) {
                assertThat(phase.kernels().isEqual()).as("%s", phase.kernels()).isTrue();
            }
            assertThat(heal.kernels().flows()).isEqualTo(stream.kernels().flows());
            assertThat(heal.wireBytes()).as("bytes on the wire").isLessThan(join.wireBytes() / 4);
        }
    }
}
