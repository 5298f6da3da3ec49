package io.keepflow.it.bench;

import io.keepflow.it.lab.Lab;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Measures what the command line asks for, with each tool in turn; {@code --sweep} only removes what a crashed run left. */
public final class Bench {
    private static final int EXIT_INCOMPLETE = 1;
    private static final int EXIT_ERROR = 2;
    private static final Path CURVES = Path.of("docs", "performance");

    private final Options options;
    private final long startNanos = System.nanoTime();
    private final Results results = new Results();
    private final List<String> failures = new ArrayList<>();

    private Bench(Options options) {
        this.options = options;
    }

    /** Exits with 0 when everything was measured, 1 when something could not be, 2 when the benchmark could not be run. */
    public static void main(String... args) {
        System.exit(exitCode(args));
    }

    private static int exitCode(String... args) {
        try {
            if (args.length == 1 && args[0].equals("--sweep")) {
                Lab.sweep();
                return 0;
            }
            return new Bench(Options.parse(args)).run() ? 0 : EXIT_INCOMPLETE;
        } catch (Exception e) {
            System.err.println("bench: " + (e.getMessage() == null ? e : e.getMessage()));
            return EXIT_ERROR;
        }
    }

    private boolean run() throws Exception {
        return options.curves().isEmpty() ? figures() : curves();
    }

    private boolean curves() throws IOException {
        Curves curves = Curves.in(CURVES);
        for (Tool tool : options.tools()) {
            Sweep sweep = new Sweep(tool, curves, Effort.CURVES, this::tell);
            for (Curve curve : options.curves()) {
                sweep(sweep, curve, tool);
                curves.write();
            }
        }
        tell("drawn: " + CURVES);
        failures.forEach(failure -> System.err.println("bench: not measured: " + failure));
        return failures.isEmpty();
    }

    private void sweep(Sweep sweep, Curve curve, Tool tool) {
        try {
            switch (curve) {
                case TABLE -> sweep.tables();
                case LAG -> sweep.lags();
            }
        } catch (Exception e) {
            failures.add("the %s curve of %s: %s".formatted(curve.key(), tool.key(), e));
            tell(failures.getLast());
        }
    }

    private boolean figures() throws Exception {
        for (int round = 1; round <= options.rounds(); round++) {
            for (Group group : options.groups()) {
                for (Tool tool : options.tools()) {
                    measure(round, group, tool);
                }
            }
        }
        System.out.print(ResultText.table(results));
        if (options.json() != null) {
            Files.writeString(options.json(), ResultText.json(results));
        }
        failures.forEach(failure -> System.err.println("bench: not measured: " + failure));
        return failures.isEmpty();
    }

    private void measure(int round, Group group, Tool tool) {
        tell("round %d of %d: %s, %s".formatted(round, options.rounds(), group.key(), tool.key()));
        try {
            group.measure(tool, options.effort(), results, this::tell);
        } catch (Exception e) {
            String failure = "%s of %s in round %d: %s".formatted(group.key(), tool.key(), round, e);
            failures.add(failure);
            tell(failure);
        }
    }

    private void tell(String message) {
        System.err.printf("[%6.1f s] %s%n", (System.nanoTime() - startNanos) / 1e9, message);
    }
}
