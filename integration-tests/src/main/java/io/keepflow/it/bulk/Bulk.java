package io.keepflow.it.bulk;

import io.keepflow.it.lab.Lab;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs the cases that the command line asks for, one after the other; {@code --sweep} only removes what a crashed run left. */
public final class Bulk {
    private static final int EXIT_DIFFERENT = 1;
    private static final int EXIT_ERROR = 2;

    private final Options options;
    private final long startNanos = System.nanoTime();

    private Bulk(Options options) {
        this.options = options;
    }

    /** Exits with 0 when all kernels were the same in every case, 1 when not, 2 when a case could not be run. */
    public static void main(String... args) {
        System.exit(exitCode(args));
    }

    private static int exitCode(String... args) {
        try {
            if (args.length == 1 && args[0].equals("--sweep")) {
                Lab.sweep();
                return 0;
            }
            return new Bulk(Options.parse(args)).run() ? 0 : EXIT_DIFFERENT;
        } catch (Exception e) {
            System.err.println("bulk: " + (e.getMessage() == null ? e : e.getMessage()));
            return EXIT_ERROR;
        }
    }

    private boolean run() throws Exception {
        Map<BulkPlan, List<Phase>> results = new LinkedHashMap<>();
        for (BulkPlan plan : options.plans()) {
            results.put(plan, run(plan));
        }
        System.err.println();
        System.err.print(BulkTable.text(results));
        if (options.json()) {
            System.out.println(BulkTable.json(results));
        }
        return results.values().stream()
                .flatMap(List::stream)
                .allMatch(phase -> phase.kernels().isEqual());
    }

    private List<Phase> run(BulkPlan plan) throws Exception {
        tell(plan.toString());
        List<Phase> phases = new ArrayList<>();
        try (BulkCluster cluster = BulkCluster.open(plan, this::tell)) {
            Thread cleanUp = cleanUp(cluster);
            Runtime.getRuntime().addShutdownHook(cleanUp);
            cluster.lose(plan.lossPercent());
            phases.add(cluster.stream());
            if (options.partition()) {
                phases.add(cluster.partition());
            }
            phases.add(cluster.joinLate());
            if (!cleanUp.isAlive()) {
                removeHook(cleanUp);
            }
        }
        return phases;
    }

    private void tell(String message) {
        System.err.printf("[%6.1f s] %s%n", (System.nanoTime() - startNanos) / 1e9, message);
    }

    /** For Ctrl-C and SIGTERM. */
    private static Thread cleanUp(BulkCluster cluster) {
        return new Thread(() -> {
            try {
                cluster.close();
            } catch (IOException e) {
                System.err.println("bulk: could not clean up (the next run will): " + e.getMessage());
            }
        });
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            System.err.println("bulk: interrupted, cleaning up");
        }
    }
}
