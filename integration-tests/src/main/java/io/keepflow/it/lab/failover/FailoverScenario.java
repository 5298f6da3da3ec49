package io.keepflow.it.lab.failover;

import io.keepflow.it.lab.BackgroundFlows;
import io.keepflow.it.lab.Family;
import io.keepflow.it.lab.Firewall;
import io.keepflow.it.lab.FlowDump;
import io.keepflow.it.lab.Lab;
import io.keepflow.it.lab.replication.Replication;
import io.keepflow.it.lab.traffic.Traffic;
import io.keepflow.it.lab.traffic.TrafficReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The steps of a failover, for a cluster with a replication and traffic; each may be taken on its own. */
public final class FailoverScenario {
    private static final Duration REPLICATION_LIMIT = Duration.ofSeconds(60);
    private static final Duration OBSERVE_AT_LEAST = Duration.ofSeconds(4);
    private static final Duration OBSERVE_AT_MOST = Duration.ofSeconds(20);
    private static final Duration REPLICATION_POLL = Duration.ofMillis(100);
    private static final Duration REPORT_EVERY = Duration.ofSeconds(1);
    private static final int EXAMPLES = 5;

    private final Lab lab;
    private final Replication replication;
    private final Progress progress;
    private long masterships;

    public FailoverScenario(Lab lab, Replication replication, Progress progress) {
        this.lab = lab;
        this.replication = replication;
        this.progress = progress;
    }

    /** Starts the replication and keepalived everywhere, and waits for the first master, which it returns. */
    public Firewall start() throws Exception {
        for (Firewall firewall : lab.firewalls()) {
            progress.report("starting " + firewall.name() + ", replication: " + replication.name());
            replication.start(firewall);
        }
        for (Firewall firewall : lab.firewalls()) {
            firewall.startKeepalived(replication.notifyScript(firewall));
            lab.awaitMaster(lab.firewalls());
        }
        Firewall master = lab.awaitMaster(lab.firewalls());
        masterships = totalMasterships();
        progress.report(master.name() + " is master");
        return master;
    }

    /** Puts background flows into the active's kernel. */
    public void addBackgroundFlows(Firewall active, int flows) throws Exception {
        if (flows > 0) {
            progress.report("putting %,d background flows into the kernel of %s".formatted(flows, active.name()));
            BackgroundFlows.create(active, 0, flows);
            progress.report("the kernel of %s tracks %,d flows".formatted(active.name(), active.flowCount()));
        }
    }

    /** Waits until all other firewalls hold what the active has; says so and returns false when they do not in time. */
    public boolean awaitReplicated(Firewall active) throws Exception {
        return awaitReplicated(active, lab.othersThan(active));
    }

    /** The same for some of the other firewalls. */
    public boolean awaitReplicated(Firewall active, List<Firewall> standbys) throws Exception {
        int expected = active.flows().size();
        boolean complete = true;
        for (Firewall standby : standbys) {
            complete &= awaitReplicated(active, standby, expected);
        }
        return complete;
    }

    /** Pulls the active's cables while traffic runs, watches what happens, and reports it. */
    public FailoverReport failOver(Firewall active, Traffic traffic) throws Exception {
        replication.requireHealthy();
        requireUndisputed(active);
        FlowDump before = active.flows();
        long cutNanos = System.nanoTime();
        active.cut();
        traffic.mark();
        progress.report("pulled all cables of " + active.name());
        Firewall survivor = lab.awaitMaster(lab.othersThan(active));
        masterships++;
        long takeoverMs = msSince(cutNanos);
        progress.report("%s took over after %d ms".formatted(survivor.name(), takeoverMs));
        observe(traffic, cutNanos);
        TrafficReport seen = traffic.report();
        FlowDump after = survivor.flows();
        Set<String> missing = before.missingIn(after);
        return new FailoverReport(
                seen,
                new FailoverReport.Flows(before.size(), after.size(), missing.size()),
                takeoverMs,
                traffic.failures(),
                missing.stream().limit(EXAMPLES).toList());
    }

    /** What is measured is one failover: another firewall that was master for a moment would have changed the flows. */
    private void requireUndisputed(Firewall active) throws Exception {
        long changes = totalMasterships() - masterships;
        if (changes != 0 || !active.isMaster()) {
            throw new IllegalStateException(active.name() + " has not been the only master since the start (" + changes
                    + " changes): the machine is too busy for VRRP at 100 ms; try again when it is quieter");
        }
    }

    private long totalMasterships() throws Exception {
        long total = 0;
        for (Firewall firewall : lab.firewalls()) {
            total += firewall.masterships();
        }
        return total;
    }

    private boolean awaitReplicated(Firewall active, Firewall standby, int expected) throws Exception {
        long start = System.nanoTime();
        long nextReportMs = REPORT_EVERY.toMillis();
        while (!isReplicated(active, standby, expected)) {
            if (msSince(start) > REPLICATION_LIMIT.toMillis()) {
                progress.report("%s does NOT hold all of the %,d flows of %s after %d s"
                        .formatted(standby.name(), expected, active.name(), REPLICATION_LIMIT.toSeconds()));
                return false;
            }
            if (msSince(start) >= nextReportMs) {
                nextReportMs += REPORT_EVERY.toMillis();
                progress.report("  %s holds %,d of %,d flows %s"
                        .formatted(standby.name(), replication.held(standby), expected, replication.lag(active)));
            }
            Thread.sleep(REPLICATION_POLL);
        }
        progress.report("%s holds what %s has: %,d flows %s"
                .formatted(standby.name(), active.name(), expected, replication.lag(active)));
        return true;
    }

    // Cheap questions first. What is tracked besides the flows (VRRP, the sync link) makes the count alone too
    // optimistic.
    private boolean isReplicated(Firewall active, Firewall standby, int expected) throws Exception {
        replication.requireHealthy();
        return replication.held(standby) >= expected
                && replication.isInStep(active, standby)
                && (!replication.isHot()
                        || active.flows().missingIn(standby.flows()).isEmpty());
    }

    private void observe(Traffic traffic, long cutNanos) throws Exception {
        while (msSince(cutNanos) < OBSERVE_AT_MOST.toMillis()) {
            Thread.sleep(REPORT_EVERY.toMillis() - msSince(cutNanos) % REPORT_EVERY.toMillis());
            TrafficReport now = traffic.report();
            progress.report(describe(now));
            if (msSince(cutNanos) >= OBSERVE_AT_LEAST.toMillis() && isSettled(now)) {
                return;
            }
        }
    }

    private static boolean isSettled(TrafficReport report) {
        return report.tcp().values().stream().allMatch(r -> r.stuck() == 0)
                && report.udp().values().stream().allMatch(r -> r.alive() == r.opened());
    }

    private static String describe(TrafficReport report) {
        List<String> parts = new ArrayList<>();
        for (Family family : Family.values()) {
            TrafficReport.Tcp tcp = report.tcp(family);
            TrafficReport.Udp udp = report.udp(family);
            parts.add("%s: TCP %d alive, %d reset, %d silent; UDP %d alive, %d same mapping"
                    .formatted(
                            family == Family.IPV4 ? "IPv4" : "IPv6",
                            tcp.alive(),
                            tcp.reset(),
                            tcp.stuck(),
                            udp.alive(),
                            udp.sameMapping()));
        }
        return "  " + String.join(" | ", parts);
    }

    private static long msSince(long nanos) {
        return Duration.ofNanos(System.nanoTime() - nanos).toMillis();
    }
}
