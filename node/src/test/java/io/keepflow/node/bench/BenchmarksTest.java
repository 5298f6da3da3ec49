package io.keepflow.node.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.annotation.Annotation;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Collection;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/** The benchmarks run, do what they say, and what must not allocate does not. How long anything takes is for {@code ./jmh}. */
class BenchmarksTest {
    private static final int INVOCATIONS = 2_000;
    private static final int ROUNDS = 30;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** Each checks its own work when it ends. */
    @Test
    void eachDoesWhatItSays() throws RunnerException {
        System.setProperty("jmh.ignoreLock", "true");
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .mode(Mode.SingleShotTime)
                        .forks(0)
                        .warmupIterations(0)
                        .measurementIterations(2)
                        .param("flows", "10000")
                        .shouldFailOnError(true)
                        .verbosity(VerboseMode.SILENT)
                        .build())
                .run();
        assertThat(results)
                .extracting(result -> result.getParams().getBenchmark().replaceFirst(".*\\.(\\w+\\.\\w+)$", "$1"))
                .containsExactlyInAnyOrder(
                        "ParseBenchmark.events",
                        "TableBenchmark.find",
                        "TableBenchmark.update",
                        "TableBenchmark.replace",
                        "FrameBenchmark.encodeSingle",
                        "FrameBenchmark.encodeFrame",
                        "FrameBenchmark.decodeSingle",
                        "FrameBenchmark.decodeFrame",
                        "SealBenchmark.seal",
                        "SealBenchmark.seal",
                        "OpenBenchmark.open",
                        "OpenBenchmark.open",
                        "RequestBenchmark.create",
                        "RequestBenchmark.update");
    }

    static Stream<String> allocatingNothing() {
        return InnerPieces.benchmarks(".").stream()
                .map(BenchmarkListEntry::getUsername)
                .filter(InnerPieces::allocatesNothing);
    }

    /** The best of some rounds: in the first ones classes are loaded and code is compiled. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("allocatingNothing")
    void inSteadyStateItAllocatesNothing(String benchmark) throws Throwable {
        int dot = benchmark.lastIndexOf('.');
        Class<?> type = Class.forName(benchmark.substring(0, dot));
        Object state = type.getConstructor().newInstance();
        for (Field field : type.getFields()) {
            field.setInt(
                    state, Integer.parseInt(field.getAnnotation(Param.class).value()[0]));
        }
        call(state, Setup.class);
        MethodHandle method = MethodHandles.lookup()
                .unreflect(type.getMethod(benchmark.substring(dot + 1)))
                .asType(MethodType.methodType(void.class, Object.class));
        long least = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS && least >= INVOCATIONS; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < INVOCATIONS; i++) {
                method.invokeExact(state);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        call(state, TearDown.class);
        assertThat(least).as("bytes for %d invocations", INVOCATIONS).isLessThan(INVOCATIONS);
    }

    private static void call(Object state, Class<? extends Annotation> annotation) throws ReflectiveOperationException {
        for (Method method : Arrays.asList(state.getClass().getMethods())) {
            if (method.isAnnotationPresent(annotation)) {
                method.invoke(state);
            }
        }
    }
}
