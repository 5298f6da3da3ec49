package io.keepflow.node.bench;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.regex.PatternSyntaxException;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Runs the benchmarks of the inner pieces and prints what each costs as a line of a table: what {@code ./jmh} starts. */
public final class InnerPieces {
    /** Of an operation of steady state: what JMH itself allocates is less. */
    static final double NOTHING_BYTES = 0.01;

    private static final String ALLOCATED = "gc.alloc.rate.norm";
    private static final String LINE = "%-36s %12s %9s %9s  %s%n";

    private final boolean isShort;
    private final List<String> failures = new ArrayList<>();

    private InnerPieces(boolean isShort) {
        this.isShort = isShort;
    }

    /** Arguments: {@code short} or {@code full}, and a regular expression for the names. */
    public static void main(String[] arguments) {
        InnerPieces pieces = new InnerPieces(arguments[0].equals("short"));
        SortedSet<BenchmarkListEntry> found = find(arguments[1]);
        if (found.isEmpty()) {
            System.exit(2);
        }
        System.exit(pieces.run(found) ? 0 : 1);
    }

    /** None, and says so, if there is none of such a name. */
    private static SortedSet<BenchmarkListEntry> find(String pattern) {
        try {
            SortedSet<BenchmarkListEntry> found = benchmarks(pattern);
            if (found.isEmpty()) {
                System.err.println("jmh: no benchmark's name has a match for " + pattern + "; there are:");
                benchmarks(".").forEach(entry -> System.err.println("  " + entry.getUsername()));
            }
            return found;
        } catch (PatternSyntaxException e) {
            System.err.println("jmh: the pattern is no regular expression: " + e.getMessage());
            return Collections.emptySortedSet();
        }
    }

    static SortedSet<BenchmarkListEntry> benchmarks(String pattern) {
        var silent = OutputFormatFactory.createFormatInstance(System.err, VerboseMode.SILENT);
        return BenchmarkList.defaultList().find(silent, List.of(pattern), List.of());
    }

    private boolean run(SortedSet<BenchmarkListEntry> benchmarks) {
        System.out.printf(LINE, "benchmark", "ns/op", "± 99.9 %", "B/op", "");
        for (BenchmarkListEntry benchmark : benchmarks) {
            run(benchmark);
        }
        failures.forEach(failure -> System.err.println("jmh: " + failure));
        return failures.isEmpty();
    }

    private void run(BenchmarkListEntry benchmark) {
        try {
            new Runner(options(benchmark)).run().forEach(this::print);
        } catch (RunnerException e) {
            failures.add(name(benchmark.getUsername()) + " failed: " + reason(e));
        }
    }

    /** JMH hands on what the benchmark said as suppressed. */
    private static String reason(Throwable failure) {
        Throwable said = failure;
        while (said.getCause() != null || said.getSuppressed().length > 0) {
            said = said.getSuppressed().length > 0 ? said.getSuppressed()[0] : said.getCause();
        }
        return said.getMessage();
    }

    private Options options(BenchmarkListEntry benchmark) {
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include("^" + benchmark.getUsername().replace(".", "\\.") + "$")
                .mode(Mode.AverageTime)
                .addProfiler(GCProfiler.class)
                .shouldFailOnError(true)
                .verbosity(VerboseMode.SILENT);
        return isShort
                ? options.forks(1)
                        .warmupIterations(3)
                        .warmupTime(TimeValue.milliseconds(500))
                        .measurementIterations(4)
                        .measurementTime(TimeValue.milliseconds(500))
                        .build()
                : options.forks(3)
                        .warmupIterations(3)
                        .warmupTime(TimeValue.seconds(1))
                        .measurementIterations(4)
                        .measurementTime(TimeValue.seconds(1))
                        .build();
    }

    private void print(RunResult result) {
        Result<?> time = result.getPrimaryResult();
        double bytes = allocatedBytes(result);
        BenchmarkParams parameters = result.getParams();
        String name = name(parameters.getBenchmark()) + parameters(parameters);
        boolean allocates = bytes >= NOTHING_BYTES && allocatesNothing(parameters.getBenchmark());
        System.out.printf(
                LINE,
                name,
                number("%.1f", time.getScore()),
                number("%.1f", time.getScoreError()),
                number("%.2f", bytes),
                allocates ? "must be 0" : "");
        if (allocates) {
            failures.add(name + " must not allocate, and does");
        }
    }

    /** The median of the iterations: in the last of a JVM JMH itself allocates, and the benchmark's check of its work. */
    private static double allocatedBytes(RunResult result) {
        double[] bytes = result.getBenchmarkResults().stream()
                .flatMap(fork -> fork.getIterationResults().stream())
                .mapToDouble(iteration ->
                        iteration.getSecondaryResults().get(ALLOCATED).getScore())
                .sorted()
                .toArray();
        return bytes[bytes.length / 2];
    }

    private static String number(String format, double value) {
        return Double.isNaN(value) ? "" : String.format(Locale.ROOT, format, value);
    }

    private static String parameters(BenchmarkParams of) {
        Collection<String> keys = of.getParamsKeys();
        StringBuilder text = new StringBuilder();
        keys.forEach(key -> text.append(" ").append(key).append("=").append(of.getParam(key)));
        return text.toString();
    }

    /** Class and method, without the package. */
    private static String name(String benchmark) {
        String[] parts = benchmark.split("\\.", -1);
        return parts[parts.length - 2].replace("Benchmark", "") + "." + parts[parts.length - 1];
    }

    static boolean allocatesNothing(String benchmark) {
        int dot = benchmark.lastIndexOf('.');
        try {
            return Class.forName(benchmark.substring(0, dot))
                    .getMethod(benchmark.substring(dot + 1))
                    .isAnnotationPresent(AllocatesNothing.class);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("JMH names a benchmark that is not there: " + benchmark, e);
        }
    }
}
