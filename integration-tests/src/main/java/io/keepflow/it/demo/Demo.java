package io.keepflow.it.demo;

import io.keepflow.it.lab.Firewall;
import io.keepflow.it.lab.Lab;
import io.keepflow.it.lab.LabPlan;
import io.keepflow.it.lab.failover.FailoverReport;
import io.keepflow.it.lab.failover.FailoverScenario;
import io.keepflow.it.lab.failover.Progress;
import io.keepflow.it.lab.replication.Replication;
import io.keepflow.it.lab.traffic.Traffic;
import io.keepflow.it.lab.traffic.TrafficPlan;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Collectors;

/** Shows a failover: {@code Demo [--flows N] [--json] [--versus conntrackd] [--with REPLICATION]}, or {@code Demo --sweep}. */
public final class Demo {
    private static final int TCP_CONNECTIONS = 100;
    private static final int UDP_CONVERSATIONS = 20;
    private static final int FIREWALLS = 2;
    private static final Duration STEADY = Duration.ofSeconds(1);
    private static final int EXIT_LOST = 1;
    private static final int EXIT_ERROR = 2;

    private final Options options;
    private final long startNanos = System.nanoTime();

    private Demo(Options options) {
        this.options = options;
    }

    /** Exits with 0 when everything survived (in the first column), 1 when not, 2 when the demo itself failed. */
    public static void main(String... args) {
        System.exit(exitCode(args));
    }

    private static int exitCode(String... args) {
        try {
            if (args.length == 1 && args[0].equals("--sweep")) {
                Lab.sweep();
                return 0;
            }
            return new Demo(Options.parse(args)).run() ? 0 : EXIT_LOST;
        } catch (Exception e) {
            System.err.println("demo: " + (e.getMessage() == null ? e : e.getMessage()));
            return EXIT_ERROR;
        }
    }

    private boolean run() throws Exception {
        Map<Column, FailoverReport> reports = new EnumMap<>(Column.class);
        for (Column column : options.columns()) {
            reports.put(column, show(column));
        }
        System.err.println();
        System.err.println(ResultTable.of(reports));
        if (options.json()) {
            System.out.println(json(reports));
        }
        Column judged = options.columns().getFirst();
        boolean survived = judged(reports, judged);
        System.err.println(survived ? "Everything survived." : "Something was lost: see " + judged.title() + " above.");
        return survived;
    }

    private FailoverReport show(Column column) throws Exception {
        Progress progress = message -> tell(column, message);
        LabPlan plan = LabPlan.ofFirewalls(FIREWALLS).withTableSize(options.flows());
        try (Lab lab = Lab.open(plan)) {
            Thread cleanUp = cleanUp(lab);
            Runtime.getRuntime().addShutdownHook(cleanUp);
            progress.report("built the network: client, two firewalls, server; IPv4 and IPv6");
            try (Replication replication = column.replication()) {
                return failOver(lab, replication, progress);
            } finally {
                if (!cleanUp.isAlive()) {
                    removeHook(cleanUp);
                }
            }
        }
    }

    private FailoverReport failOver(Lab lab, Replication replication, Progress progress) throws Exception {
        FailoverScenario scenario = new FailoverScenario(lab, replication, progress);
        Firewall active = scenario.start();
        scenario.addBackgroundFlows(active, options.flows());
        try (Traffic traffic = Traffic.open(lab, TrafficPlan.of(TCP_CONNECTIONS, UDP_CONVERSATIONS))) {
            progress.report("%d TCP connections and %d UDP conversations are open, in each family"
                    .formatted(TCP_CONNECTIONS, UDP_CONVERSATIONS));
            scenario.awaitReplicated(active);
            Thread.sleep(STEADY);
            FailoverReport report = scenario.failOver(active, traffic);
            report.failures().forEach(failure -> progress.report("a connection ended: " + failure));
            report.missingExamples().forEach(flow -> progress.report("missing: " + flow));
            return report;
        }
    }

    private void tell(Column column, String message) {
        double seconds = (System.nanoTime() - startNanos) / 1e9;
        String who = options.columns().size() > 1 ? column.title() + ": " : "";
        System.err.printf("[%5.1f s] %s%s%n", seconds, who, message);
    }

    private String json(Map<Column, FailoverReport> reports) {
        if (reports.size() == 1) {
            return reports.values().iterator().next().toJson();
        }
        return reports.entrySet().stream()
                .map(entry -> "\"" + entry.getKey().option() + "\":"
                        + entry.getValue().toJson())
                .collect(Collectors.joining(",", "{", "}"));
    }

    private static boolean judged(Map<Column, FailoverReport> reports, Column column) {
        FailoverReport report = reports.get(column);
        return report != null && report.everythingSurvived();
    }

    /** For Ctrl-C and SIGTERM: closing the lab ends everything that runs in it. */
    private static Thread cleanUp(Lab lab) {
        return new Thread(() -> {
            try {
                lab.close();
            } catch (Exception e) {
                System.err.println("demo: could not clean up (the next run will): " + e.getMessage());
            }
        });
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            System.err.println("demo: interrupted, cleaning up");
        }
    }
}
