package io.keepflow.it.faults;

import io.keepflow.it.lab.Lab;
import io.keepflow.it.lab.replication.Keepflow;
import java.time.Duration;

/** {@code ./faults [--minutes N] [--seed N] [--json]}, or {@code Main --sweep}. */
public final class Main {
    private static final int EXIT_DIVERGENT = 1;
    private static final int EXIT_ERROR = 2;
    private static final long DEFAULT_MINUTES = 20;
    private static final Duration LONGEST_FREEZE = Duration.ofSeconds(60);

    private final long startNanos = System.nanoTime();
    private long minutes = DEFAULT_MINUTES;
    private long seed = System.nanoTime() % 1_000_000;
    private boolean json;

    private Main(String... args) {
        for (int i = 0; i < args.length; i++) {
            switch (args[i]) {
                case "--minutes" -> minutes = number(args, ++i);
                case "--seed" -> seed = number(args, ++i);
                case "--json" -> json = true;
                default -> throw new IllegalArgumentException("unknown option " + args[i] + "; see ./faults --help");
            }
        }
    }

    /** Exits with 0 when the kernels were the same after each phase, 1 when not, 2 when the run itself failed. */
    public static void main(String... args) {
        System.exit(exitCode(args));
    }

    private static int exitCode(String... args) {
        try {
            if (args.length == 1 && args[0].equals("--sweep")) {
                Lab.sweep();
                return 0;
            }
            return new Main(args).run() ? 0 : EXIT_DIVERGENT;
        } catch (Exception e) {
            System.err.println("faults: " + (e.getMessage() == null ? e : e.getMessage()));
            return EXIT_ERROR;
        }
    }

    private boolean run() throws Exception {
        tell("seed " + seed + ", " + minutes + " minutes");
        try (Lab lab = Lab.open(FaultRun.plan())) {
            // For Ctrl-C and SIGTERM: closing the lab ends everything that runs in it, and does nothing a second time.
            Runtime.getRuntime().addShutdownHook(new Thread(() -> close(lab)));
            try (Keepflow keepflow = Keepflow.fromDistribution()) {
                FaultReport report =
                        new FaultRun(lab, keepflow, seed, LONGEST_FREEZE, this::tell).run(Duration.ofMinutes(minutes));
                System.err.println();
                System.err.println(report.toTable());
                if (json) {
                    System.out.println(report.toJson());
                }
                return report.divergent() == 0;
            }
        }
    }

    private void tell(String message) {
        System.err.printf("[%6.1f s] %s%n", (System.nanoTime() - startNanos) / 1e9, message);
    }

    private static void close(Lab lab) {
        try {
            lab.close();
        } catch (Exception e) {
            System.err.println("faults: could not clean up (the next run will): " + e.getMessage());
        }
    }

    private static long number(String[] args, int i) {
        if (i >= args.length) {
            throw new IllegalArgumentException(args[i - 1] + " needs a number; see ./faults --help");
        }
        try {
            return Long.parseLong(args[i]);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(args[i - 1] + " needs a number, not " + args[i], e);
        }
    }
}
