package io.keepflow.it.bench;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** Figures that are measured together, on daemons started for them. */
enum Group {
    SHORT,
    CPU,
    UDP,
    IPV6,
    LATENCY,
    RATE,
    MEMORY,
    FAILOVER,
    RESYNC,
    START;

    /** What runs if nothing is asked for. */
    static final Set<Group> USUAL = EnumSet.complementOf(EnumSet.of(SHORT));

    private static final int SOME_FLOWS = 200_000;
    private static final int MOST_FLOWS = 1_000_000;

    /** As the command line calls it. */
    String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    void measure(Tool tool, Effort effort, Results results, EventRate.Progress progress) throws Exception {
        switch (this) {
            case SHORT -> shortForm(tool, effort, results);
            case CPU -> cpu(tool, effort, results);
            case UDP -> udp(tool, effort, results);
            case IPV6 -> ipv6(tool, effort, results);
            case LATENCY -> latency(tool, effort, results);
            case RATE -> rate(tool, effort, results, progress);
            case MEMORY -> memory(tool, effort, results);
            case FAILOVER -> failover(tool, results);
            case RESYNC -> resync(tool, results);
            case START -> start(tool, results);
        }
    }

    private static void shortForm(Tool tool, Effort effort, Results results) throws Exception {
        try (Bed bed = Bed.running(hot(tool), SOME_FLOWS)) {
            new CpuCost(bed, results, effort).measure();
            new Latency(bed, results, effort).measureIdle();
            new Memory(bed, results, effort).measure(100_000);
        }
    }

    private static void latency(Tool tool, Effort effort, Results results) throws Exception {
        try (Bed bed = Bed.running(hot(tool), SOME_FLOWS)) {
            new CpuCost(bed, results, effort).warmUp();
            Latency latency = new Latency(bed, results, effort);
            latency.measureIdle();
            latency.measureUnderLoad();
        }
    }

    private static void memory(Tool tool, Effort effort, Results results) throws Exception {
        try (Bed bed = Bed.running(usual(tool), MOST_FLOWS)) {
            Memory memory = new Memory(bed, results, effort);
            memory.measure(MOST_FLOWS);
            memory.measureIdleCost();
        }
    }

    private static void cpu(Tool tool, Effort effort, Results results) throws Exception {
        try (Bed bed = Bed.running(hot(tool), SOME_FLOWS)) {
            new CpuCost(bed, results, effort).measure();
        }
    }

    private static void ipv6(Tool tool, Effort effort, Results results) throws Exception {
        try (Bed bed = Bed.running(hot(tool), SOME_FLOWS)) {
            new CpuCost(bed, results, effort).measureIpv6();
        }
    }

    private static void udp(Tool tool, Effort effort, Results results) throws Exception {
        try (Bed bed = Bed.running(hot(tool), SOME_FLOWS)) {
            new CpuCost(bed, results, effort).warmUp();
            new UdpCost(bed, results).measure();
        }
    }

    private static void rate(Tool tool, Effort effort, Results results, EventRate.Progress progress) throws Exception {
        try (Bed bed = Bed.running(hot(tool), MOST_FLOWS)) {
            new CpuCost(bed, results, effort).warmUp();
            results.add(Figure.EVENT_RATE, tool, new EventRate(bed, progress).highest());
        }
        try (Bed bed = Bed.running(hot(tool), MOST_FLOWS)) {
            new CpuCost(bed, results, effort).warmUp();
            results.add(Figure.BURST, tool, new EventRate(bed, progress).largestBurst());
        }
    }

    private static void failover(Tool tool, Results results) throws Exception {
        try (Bed bed = Bed.running(usual(tool), MOST_FLOWS)) {
            new Failover(bed, results).measure(MOST_FLOWS / 2, Figure.FAILOVER_500K, Figure.ROLE_500K);
        }
        try (Bed bed = Bed.running(usual(tool), MOST_FLOWS)) {
            new Failover(bed, results).measure(MOST_FLOWS, Figure.FAILOVER_1M, Figure.ROLE_1M);
        }
    }

    private static void resync(Tool tool, Results results) throws Exception {
        try (Bed bed = Bed.open(usual(tool), 2, MOST_FLOWS)) {
            bed.start(bed.active());
            new Resync(bed, results).measure(MOST_FLOWS / 2, Figure.RESYNC_500K, Figure.RESYNC_500K_READY);
        }
        try (Bed bed = Bed.open(usual(tool), 2, MOST_FLOWS)) {
            bed.start(bed.active());
            new Resync(bed, results)
                    .measureOwnKernel(MOST_FLOWS / 2, Figure.RESYNC_OWN_500K, Figure.RESYNC_OWN_500K_READY);
        }
    }

    private static void start(Tool tool, Results results) throws Exception {
        try (Bed bed = Bed.open(usual(tool), 2, SOME_FLOWS)) {
            new Startup(bed, results).measure();
        }
    }

    /** With flows in the standby's kernel at all times: conntrackd with direct injection. */
    static Contestant hot(Tool tool) {
        return tool == Tool.KEEPFLOW ? new KeepflowContestant() : ConntrackdContestant.withDirectInjection();
    }

    /** With the tool's defaults: conntrackd with its external cache. */
    static Contestant usual(Tool tool) {
        return tool == Tool.KEEPFLOW ? new KeepflowContestant() : ConntrackdContestant.withExternalCache();
    }
}
