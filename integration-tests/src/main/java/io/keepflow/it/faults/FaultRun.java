package io.keepflow.it.faults;

import io.keepflow.it.lab.BackgroundFlows;
import io.keepflow.it.lab.Family;
import io.keepflow.it.lab.Firewall;
import io.keepflow.it.lab.Lab;
import io.keepflow.it.lab.LabPlan;
import io.keepflow.it.lab.failover.FailoverScenario;
import io.keepflow.it.lab.failover.Progress;
import io.keepflow.it.lab.kernel.KernelComparison;
import io.keepflow.it.lab.replication.Keepflow;
import io.keepflow.it.lab.traffic.ShortConnections;
import io.keepflow.it.lab.traffic.Traffic;
import io.keepflow.it.lab.traffic.TrafficPlan;
import io.keepflow.it.lab.traffic.TrafficReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;

/** Phases of faults under traffic. Each ends when all kernels hold the same, or with what they do not. */
public final class FaultRun {
    private static final int BACKGROUND_FLOWS = 20_000;
    private static final int TCP_PER_FAMILY = 25;
    private static final int UDP_PER_FAMILY = 10;
    private static final int SHORT_PER_SECOND = 10;
    private static final int MOST_FAULTS_PER_PHASE = 3;
    private static final Duration LONGEST_FAULT = Duration.ofSeconds(8);
    private static final Duration SETTLE = Duration.ofSeconds(2);
    private static final Duration REPORT_EVERY = Duration.ofSeconds(5);
    private static final Duration SHORT_LIMIT = Duration.ofSeconds(20);

    /** A repeated snapshot takes up to 40 s, and some differences two audits; see docs/replication.md. */
    private static final Duration EQUAL_LIMIT = Duration.ofSeconds(200);

    private final Lab lab;
    private final Keepflow keepflow;
    private final long seed;
    private final Random random;
    private final Faults faults;
    private final Progress progress;
    private final List<FaultReport.Phase> phases = new ArrayList<>();
    private List<Fault> deck = new ArrayList<>();

    public FaultRun(Lab lab, Keepflow keepflow, long seed, Duration longestFreeze, Progress progress) {
        this.lab = lab;
        this.keepflow = keepflow;
        this.seed = seed;
        this.progress = progress;
        random = new Random(seed);
        faults = new Faults(
                lab, keepflow, new Random(seed + 1), LONGEST_FAULT, longestFreeze, progress, BACKGROUND_FLOWS);
    }

    /** Short timeouts, so that flows also end by themselves; VRRP at a pace that a busy machine keeps. */
    public static LabPlan plan() {
        return LabPlan.ofFirewalls(2)
                .withTableSize(10 * BACKGROUND_FLOWS)
                .withAdvertInterval(Duration.ofMillis(500))
                .withSysctl("net/netfilter/nf_conntrack_tcp_timeout_time_wait", "15")
                .withSysctl("net/netfilter/nf_conntrack_tcp_timeout_syn_sent", "20")
                .withSysctl("net/netfilter/nf_conntrack_tcp_timeout_last_ack", "15")
                .withSysctl("net/netfilter/nf_conntrack_tcp_timeout_fin_wait", "20")
                .withSysctl("net/netfilter/nf_conntrack_tcp_timeout_close_wait", "20")
                .withSysctl("net/netfilter/nf_conntrack_udp_timeout", "20")
                .withSysctl("net/netfilter/nf_conntrack_udp_timeout_stream", "30");
    }

    /** Goes on for {@code duration}, and to the end of the phase that it is in. */
    public FaultReport run(Duration duration) throws Exception {
        return runWhile(elapsed -> elapsed.compareTo(duration) < 0);
    }

    /** Goes on for so many phases. */
    public FaultReport runPhases(int count) throws Exception {
        return runWhile(elapsed -> phases.size() < count);
    }

    private FaultReport runWhile(Predicate<Duration> goesOn) throws Exception {
        long start = System.nanoTime();
        FailoverScenario scenario = new FailoverScenario(lab, keepflow, progress);
        Firewall active = scenario.start();
        BackgroundFlows.create(active, 0, BACKGROUND_FLOWS);
        while (goesOn.test(since(start))) {
            phase();
        }
        return new FaultReport(seed, since(start).toSeconds(), phases);
    }

    private static Duration since(long nanos) {
        return Duration.ofNanos(System.nanoTime() - nanos);
    }

    private void phase() throws Exception {
        List<Fault> toCome = draw();
        progress.report("phase %d: %s".formatted(phases.size() + 1, toCome));
        TrafficPlan plan = new TrafficPlan(
                List.of(Family.values()),
                TCP_PER_FAMILY,
                UDP_PER_FAMILY,
                Duration.ofMillis(500),
                Duration.ofMillis(500));
        lab.awaitMaster(lab.firewalls());
        try (Traffic traffic = Traffic.open(lab, plan);
                ShortConnections shorts = traffic.openShort(SHORT_PER_SECOND)) {
            for (Fault fault : toCome) {
                Thread.sleep(SETTLE);
                faults.happen(fault);
            }
            Thread.sleep(SETTLE);
            faults.mend();
            traffic.mark();
            FaultReport.Phase result = quiesce(toCome, traffic, shorts);
            phases.add(result);
            progress.report(
                    "  %d divergent of %,d after %.1f s; %d of %d long lived lost, %d of %d short failed; RSS %s MiB"
                            .formatted(
                                    result.divergent(),
                                    result.flows(),
                                    result.toEqualMs() / 1000.0,
                                    result.lost(),
                                    result.opened(),
                                    result.shortFailed(),
                                    result.shortOpened(),
                                    result.rssMb()));
            result.samples().forEach(sample -> progress.report("  " + sample));
            if (result.lost() > 0) {
                progress.report("  lost: " + traffic.failures() + " " + traffic.report());
            }
        }
    }

    /** The next faults, each kind once before any comes again; as a rule not all at once. */
    private List<Fault> draw() {
        int count = 1 + random.nextInt(MOST_FAULTS_PER_PHASE);
        List<Fault> drawn = new ArrayList<>();
        while (drawn.size() < count) {
            if (deck.isEmpty()) {
                Set<Fault> all = EnumSet.allOf(Fault.class);
                deck = new ArrayList<>(all);
            }
            drawn.add(deck.remove(random.nextInt(deck.size())));
        }
        return drawn;
    }

    /** New connections stop, the open ones go on: what is left to differ are the kernels. */
    private FaultReport.Phase quiesce(List<Fault> happened, Traffic traffic, ShortConnections shorts) throws Exception {
        long mended = System.nanoTime();
        shorts.stop();
        KernelComparison comparison = compare();
        Duration nextReport = REPORT_EVERY;
        while (!comparison.isEqual() && since(mended).compareTo(EQUAL_LIMIT) < 0) {
            if (since(mended).compareTo(nextReport) > 0) {
                progress.report("  not yet: " + comparison);
                nextReport = nextReport.plus(REPORT_EVERY);
            }
            Thread.sleep(200);
            comparison = compare();
        }
        long toEqualMs = since(mended).toMillis();
        while (shorts.report().open() > 0 && since(mended).compareTo(SHORT_LIMIT) < 0) {
            Thread.sleep(100);
        }
        TrafficReport seen = traffic.report();
        ShortConnections.Report brief = shorts.report();
        return new FaultReport.Phase(
                happened.stream().map(Fault::toString).toList(),
                comparison.flows(),
                comparison.missing() + comparison.stale() + comparison.different(),
                toEqualMs,
                comparison.isEqual() ? List.of() : List.of(comparison.toString()),
                opened(seen),
                opened(seen) - alive(seen),
                brief.opened(),
                brief.failed() + brief.open(),
                memory());
    }

    private KernelComparison compare() throws Exception {
        Firewall active = lab.awaitMaster(lab.firewalls());
        return KernelComparison.of(active, lab.othersThan(active));
    }

    private List<Long> memory() throws Exception {
        List<Long> megabytes = new ArrayList<>();
        for (Firewall firewall : lab.firewalls()) {
            megabytes.add(keepflow.residentKilobytes(firewall) / 1024);
        }
        return megabytes;
    }

    private static int opened(TrafficReport report) {
        return report.tcp().values().stream()
                        .mapToInt(TrafficReport.Tcp::opened)
                        .sum()
                + report.udp().values().stream()
                        .mapToInt(TrafficReport.Udp::opened)
                        .sum();
    }

    private static int alive(TrafficReport report) {
        return report.tcp().values().stream().mapToInt(TrafficReport.Tcp::alive).sum()
                + report.udp().values().stream()
                        .mapToInt(TrafficReport.Udp::sameMapping)
                        .sum();
    }
}
