package io.keepflow.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random runs of whole nodes. {@code -Dkeepflow.fuzz.seeds=N} runs more of them, {@code -Dkeepflow.fuzz.first=SEED} others; a
 * failure names its seed, which always fails the same way.
 */
final class ReplicationFuzzTest {
    private static final long FIRST = Long.getLong("keepflow.fuzz.first", 1);
    private static final long SEEDS = Long.getLong("keepflow.fuzz.seeds", 1000);
    private static final int STEPS = 40;
    private static final int SEEDS_FOR_COVERAGE = 40;

    /** What the runs do not reach they do not test. */
    @Test
    void theRunsTakeEveryWayOfAResync() {
        List<ClusterCounts> counts = LongStream.range(FIRST, FIRST + SEEDS_FOR_COVERAGE)
                .mapToObj(ReplicationFuzzTest::run)
                .flatMap(run -> run.cluster.counts.stream())
                .toList();
        assertThat(sum(counts, of -> of.snapshots)).as("snapshots").isGreaterThan(SEEDS_FOR_COVERAGE);
        assertThat(sum(counts, of -> of.differentials)).as("differentials").isGreaterThan(SEEDS_FOR_COVERAGE / 2);
        assertThat(sum(counts, of -> of.differingBuckets)).as("buckets").isGreaterThan(SEEDS_FOR_COVERAGE);
        assertThat(sum(counts, of -> of.differingFlowsReceived)).as("flows").isGreaterThan(SEEDS_FOR_COVERAGE);
        assertThat(sum(counts, of -> of.snapshotFailures)).as("failures").isPositive();
        assertThat(sum(counts, of -> of.malformedFrames)).as("malformed").isZero();
        assertThat(sum(counts, of -> of.implausibleVersions)).as("versions").isZero();
    }

    private static long sum(List<ClusterCounts> counts, Function<ClusterCounts, LongAdder> which) {
        return counts.stream().mapToLong(of -> which.apply(of).sum()).sum();
    }

    @Test
    void whateverHappensAllNodesAgreeInTheEnd() {
        LongStream.range(FIRST, FIRST + SEEDS).forEach(ReplicationFuzzTest::run);
    }

    /** What they found has tests of its own in {@link ReplicationTest}, where it could be told apart. */
    @ParameterizedTest
    @ValueSource(
            longs = {422, 587, 709, 922, 1162, 1661, 2718, 2947, 2976, 102_925, 210_616, 214_669, 325_843, 328_041})
    void seedsThatOnceFailed(long seed) {
        run(seed);
    }

    private static FuzzRun run(long seed) {
        FuzzRun run = new FuzzRun(seed);
        try {
            run.run(STEPS);
            return run;
        } catch (Throwable e) {
            throw new AssertionError("seed " + seed + ":\n" + String.join("\n", run.log()), e);
        }
    }
}
