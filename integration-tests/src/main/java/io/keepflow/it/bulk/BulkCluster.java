package io.keepflow.it.bulk;

import io.keepflow.it.lab.Firewall;
import io.keepflow.it.lab.Lab;
import io.keepflow.it.lab.LabPlan;
import io.keepflow.it.lab.Poll;
import io.keepflow.it.lab.failover.Progress;
import io.keepflow.it.lab.kernel.FlowLoad;
import io.keepflow.it.lab.kernel.KernelComparison;
import io.keepflow.it.lab.replication.Keepflow;
import io.keepflow.it.lab.replication.NodeMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A cluster without traffic of others, whose active firewall gets flows from a {@link FlowLoad}. Roles are given by hand: no
 * keepalived competes with the load for the machine.
 */
public final class BulkCluster implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final Duration CONVERGENCE_LIMIT = Duration.ofMinutes(10);
    private static final Duration OUTAGE = Duration.ofSeconds(10);

    /** The active must say so several times in a row: between two heartbeats it cannot know better. */
    private static final int CONFIRMATIONS = 4;

    private static final int CHUNKS = 20;

    private final BulkPlan plan;
    private final Progress progress;
    private final Lab lab;
    private final Keepflow keepflow;
    private final Firewall active;
    private final FlowLoad load;

    private BulkCluster(BulkPlan plan, Progress progress, Lab lab, Keepflow keepflow) throws Exception {
        this.plan = plan;
        this.progress = progress;
        this.lab = lab;
        this.keepflow = keepflow;
        this.active = lab.firewall(1);
        for (Firewall firewall : lab.firewalls()) {
            start(firewall);
        }
        this.load = FlowLoad.into(active);
        awaitInStep(START_LIMIT);
    }

    /** A cluster whose nodes know each other, with empty tables. */
    public static BulkCluster open(BulkPlan plan, Progress progress) throws Exception {
        Lab lab = Lab.open(LabPlan.ofFirewalls(plan.nodes()).withTableSize(plan.mostFlows()));
        Keepflow keepflow = Keepflow.fromDistribution();
        try {
            return new BulkCluster(plan, progress, lab, keepflow);
        } catch (Exception e) {
            keepflow.close();
            lab.close();
            throw e;
        }
    }

    /** From now on every node loses that share of what arrives. */
    public void lose(int percent) throws IOException {
        for (Firewall firewall : lab.firewalls()) {
            firewall.syncLink().lose(percent);
        }
    }

    /** Datagrams that the rules have dropped so far, at all nodes. */
    public long lost() throws IOException {
        long lost = 0;
        for (Firewall firewall : lab.firewalls()) {
            lost += firewall.syncLink().lost();
        }
        return lost;
    }

    /** Flows come up, change, end and come back, as fast as the kernel takes it, under the plan's loss. */
    public Phase stream() throws Exception {
        return measure("stream", lab.firewalls(), () -> {
            int chunk = plan.flows() / CHUNKS;
            for (int i = 0; i < CHUNKS; i++) {
                load.create(i * chunk, (i + 1) * chunk);
                if (i > 0) {
                    churn((i - 1) * chunk, chunk);
                }
            }
        });
    }

    /** Of the flows from {@code first} a tenth changes, a tenth ends, a twentieth comes again; some more live for a moment. */
    private void churn(int first, int count) throws IOException {
        int tenth = count / 10;
        load.change(first, first + tenth, 1);
        load.end(first + tenth, first + 2 * tenth);
        load.create(first + tenth, first + tenth + tenth / 2);
        load.create(plan.flows(), plan.flows() + tenth);
        load.end(plan.flows(), plan.flows() + tenth);
    }

    /** The last standby is emptied and started anew. */
    public Phase joinLate() throws Exception {
        Firewall joiner = lab.firewalls().getLast();
        keepflow.stop(joiner);
        joiner.namespace().exec("conntrack", "--flush");
        return measure("join", lab.othersThan(joiner), () -> start(joiner));
    }

    /** The last standby loses its link for ten seconds, while one flow in a hundred changes, ends or is new. */
    public Phase partition() throws Exception {
        Firewall victim = lab.firewalls().getLast();
        int share = plan.flows() / 300;
        victim.cutSyncLink();
        long cut = System.nanoTime();
        Poll.until(
                active.name() + " misses " + victim.name(),
                START_LIMIT,
                () -> !keepflow.metrics(active).isInStep(victim.name()));
        load.change(plan.flows() / 2, plan.flows() / 2 + share, 2);
        load.end(plan.flows() / 4, plan.flows() / 4 + share);
        load.create(plan.flows(), plan.flows() + share);
        Thread.sleep(Math.max(0, OUTAGE.toMillis() - msSince(cut)));
        return measure("heal", lab.firewalls(), victim::reconnect);
    }

    private Phase measure(String name, List<Firewall> running, Step step) throws Exception {
        long before = bytesSent();
        long resent = retransmissions(running);
        long start = System.nanoTime();
        step.run();
        long loadMs = msSince(start);
        long loaded = System.nanoTime();
        awaitInStep(CONVERGENCE_LIMIT);
        long convergedMs = msSince(loaded);
        long bytes = bytesSent() - before;
        long again = retransmissions(lab.firewalls()) - resent;
        KernelComparison kernels = KernelComparison.of(active, lab.othersThan(active));
        List<Long> peaks = new ArrayList<>();
        for (Firewall firewall : lab.firewalls()) {
            peaks.add(peakMegabytes(keepflow.pid(firewall)));
        }
        Phase phase = new Phase(name, loadMs, convergedMs, kernels, bytes, again, peaks);
        progress.report(phase.toString());
        if (!kernels.isEqual()) {
            progress.report(kernels.toString());
        }
        return phase;
    }

    private void start(Firewall firewall) throws Exception {
        keepflow.start(firewall);
        keepflow.cli(firewall, firewall == active ? "promote" : "demote");
    }

    private void awaitInStep(Duration limit) throws Exception {
        int[] confirmations = {0};
        Poll.until("all others are in step with " + active.name(), limit, () -> {
            confirmations[0] = isInStep() ? confirmations[0] + 1 : 0;
            return confirmations[0] == CONFIRMATIONS;
        });
    }

    private boolean isInStep() throws Exception {
        keepflow.requireHealthy();
        NodeMetrics metrics = keepflow.metrics(active);
        return metrics.get("keepflow_backlog_flows{queue=\"publish\"}") == 0
                && lab.othersThan(active).stream().allMatch(standby -> metrics.isInStep(standby.name()));
    }

    private long bytesSent() throws Exception {
        long bytes = 0;
        for (Firewall firewall : lab.firewalls()) {
            bytes += firewall.syncLink().traffic().sentBytes();
        }
        return bytes;
    }

    private long retransmissions(List<Firewall> running) throws Exception {
        long count = 0;
        for (Firewall firewall : running) {
            count += (long) keepflow.metrics(firewall).get("keepflow_link_retransmissions_total");
        }
        return count;
    }

    private static long peakMegabytes(long pid) throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid + "/status"))) {
            return lines.filter(line -> line.startsWith("VmHWM:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) >> 10)
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static long msSince(long nanos) {
        return Duration.ofNanos(System.nanoTime() - nanos).toMillis();
    }

    @Override
    public void close() throws IOException {
        load.close();
        keepflow.close();
        lab.close();
    }

    /** What is done to the cluster while it is watched. */
    @FunctionalInterface
    private interface Step {
        void run() throws Exception;
    }
}
