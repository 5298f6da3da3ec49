package io.keepflow.node.cluster;

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

    private static void run(long seed) {
        FuzzRun run = new FuzzRun(seed);
        try {
            run.run(STEPS);
        } catch (Throwable e) {
            throw new AssertionError("seed " + seed + ":\n" + String.join("\n", run.log()), e);
        }
    }
}
