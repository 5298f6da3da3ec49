package io.keepflow.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** The random runs of {@link ReplicationFuzzTest} take every way of a resync: what they do not reach they do not test. */
final class ResyncCoverageTest {
    private static final int SEEDS = 40;

    @Test
    void theRunsTakeEveryWayOfAResync() {
        List<ClusterCounts> counts = LongStream.rangeClosed(1, SEEDS)
                .mapToObj(seed -> new FuzzRun(FuzzGenerator.script(seed), false))
                .peek(FuzzRun::run)
                .flatMap(run -> run.cluster.counts.stream())
                .toList();
        assertThat(sum(counts, of -> of.snapshots)).as("snapshots").isGreaterThan(SEEDS);
        assertThat(sum(counts, of -> of.differentials)).as("differentials").isGreaterThan(SEEDS / 4);
        assertThat(sum(counts, of -> of.differingBuckets)).as("buckets").isGreaterThan(SEEDS);
        assertThat(sum(counts, of -> of.differingFlowsReceived)).as("flows").isGreaterThan(SEEDS);
        assertThat(sum(counts, of -> of.snapshotFailures)).as("failures").isPositive();
        assertThat(sum(counts, of -> of.malformedFrames)).as("malformed").isZero();
        assertThat(sum(counts, of -> of.implausibleVersions)).as("versions").isZero();
    }

    private static long sum(List<ClusterCounts> counts, Function<ClusterCounts, LongAdder> which) {
        return counts.stream().mapToLong(of -> which.apply(of).sum()).sum();
    }
}
