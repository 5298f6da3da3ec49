package io.keepflow.it.bench;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** Figures that are measured together, on daemons started for them. */
enum Group {
    SHORT,
    CPU,
    LATENCY,
    MEMORY,
    IPV6;

    /** What runs if nothing is asked for. */
    static final Set<Group> USUAL = EnumSet.complementOf(EnumSet.of(SHORT));

    /** As the command line calls it. */
    String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    void measure(Tool tool, Effort effort, Results results) throws Exception {
        switch (this) {
            case SHORT -> shortForm(tool, effort, results);
            case CPU -> cpu(tool, effort, results);
            case LATENCY -> latency(tool, effort, results);
            case MEMORY -> memory(tool, effort, results);
            case IPV6 -> ipv6(tool, effort, results);
        }
    }

    private static void shortForm(Tool tool, Effort effort, Results results) throws Exception {
        try (Bed bed = Bed.running(hot(tool), 200_000)) {
            new CpuCost(bed, results, effort).measure();
            new Latency(bed, results, effort).measureIdle();
            new Memory(bed, results, effort).measure(100_000);
        }
    }

    private static void latency(Tool tool, Effort effort, Results results) throws Exception {
        try (Bed bed = Bed.running(hot(tool), 200_000)) {
            new CpuCost(bed, results, effort).warmUp();
            Latency latency = new Latency(bed, results, effort);
            latency.measureIdle();
            latency.measureUnderLoad();
        }
    }

    private static void memory(Tool tool, Effort effort, Results results) throws Exception {
        try (Bed bed = Bed.running(usual(tool), 1_000_000)) {
            Memory memory = new Memory(bed, results, effort);
            memory.measure(1_000_000);
            memory.measureIdleCost();
        }
    }

    private static void cpu(Tool tool, Effort effort, Results results) throws Exception {
        try (Bed bed = Bed.running(hot(tool), 200_000)) {
            new CpuCost(bed, results, effort).measure();
        }
    }

    private static void ipv6(Tool tool, Effort effort, Results results) throws Exception {
        try (Bed bed = Bed.running(hot(tool), 200_000)) {
            new CpuCost(bed, results, effort).measureIpv6();
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
