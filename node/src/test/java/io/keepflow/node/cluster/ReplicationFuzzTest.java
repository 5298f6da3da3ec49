package io.keepflow.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/**
 * Random runs of whole nodes; {@code ./fuzz} runs more of them, or others. A failure names its seed, which always fails the same
 * way, and prints a short script that fails too. Scripts that once failed are kept in the directory {@code fuzz} of the resources.
 */
final class ReplicationFuzzTest {
    private static final long FIRST = Long.getLong("keepflow.fuzz.first", 1);
    private static final long SEEDS = Long.getLong("keepflow.fuzz.seeds", 1000);
    private static final boolean TRACE = Boolean.getBoolean("keepflow.fuzz.trace");
    private static final String SCRIPT = System.getProperty("keepflow.fuzz.script", "");
    private static final int REPORTED = 5;
    private static final Logger LOG = (Logger) LoggerFactory.getLogger("io.keepflow.node.cluster");
    private static final Path SCRIPTS = Path.of("src/test/resources/fuzz");

    /** Each run says what a node in trouble says, thousands of times. */
    @BeforeAll
    static void beQuiet() {
        LOG.setLevel(Level.OFF);
    }

    @AfterAll
    static void speak() {
        LOG.setLevel(null);
    }

    @Test
    @Timeout(value = 24, unit = TimeUnit.HOURS)
    void whateverHappensAllNodesAgreeInTheEnd() throws IOException {
        if (!SCRIPT.isEmpty()) {
            scriptsThatOnceFailed(Path.of(SCRIPT));
            return;
        }
        Queue<FuzzFailure> failures = new ConcurrentLinkedQueue<>();
        LongStream.range(FIRST, FIRST + SEEDS).parallel().forEach(seed -> {
            if (failures.size() >= REPORTED) {
                return;
            }
            FuzzFailure failure = FuzzFailure.of("seed " + seed, FuzzGenerator.script(seed), TRACE);
            if (failure != null) {
                failures.add(failure);
            }
        });
        assertThat(failures).isEmpty();
    }

    static Stream<Path> scripts() throws IOException {
        try (Stream<Path> files = Files.list(SCRIPTS)) {
            return files.sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("scripts")
    void scriptsThatOnceFailed(Path file) throws IOException {
        FuzzFailure failure = FuzzFailure.of(file.toString(), FuzzScript.parse(Files.readAllLines(file)), TRACE);
        assertThat(failure).isNull();
    }

    @Test
    void aSeedReplaysExactly() {
        for (long seed = 1; seed <= 20; seed++) {
            FuzzScript script = FuzzGenerator.script(seed);
            List<String> first = trace(script);
            assertThat(trace(script)).as("seed %d", seed).isEqualTo(first);
            assertThat(trace(FuzzScript.parse(script.lines()))).isEqualTo(first);
        }
        assertThat(trace(FuzzGenerator.script(1))).isNotEqualTo(trace(FuzzGenerator.script(2)));
    }

    private static List<String> trace(FuzzScript script) {
        FuzzRun run = new FuzzRun(script, true);
        run.run();
        run.trace.step(Long.toHexString(run.trace.hash()));
        return run.trace.lines();
    }
}
