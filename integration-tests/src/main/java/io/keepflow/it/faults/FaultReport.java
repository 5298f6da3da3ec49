package io.keepflow.it.faults;

import java.util.List;
import java.util.Locale;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

/** What a fault run found: a table for people, JSON for programs. */
public record FaultReport(long seed, long seconds, List<Phase> phases) {
    public FaultReport {
        phases = List.copyOf(phases);
    }

    /**
     * One phase.
     *
     * @param faults what happened, in order
     * @param flows in the active's kernel at the end
     * @param divergent entries that another kernel lacks, has too many or has differently, when the deadline was over
     * @param toEqualMs time from the last repair until the kernels were the same
     * @param samples some of the divergent entries
     * @param opened long connections and conversations that were open through the phase
     * @param lost of those, how many did not survive
     * @param shortOpened short connections
     * @param shortFailed of those, reset or given up
     * @param rssMb resident memory of each node at the end, in MiB
     */
    public record Phase(
            List<String> faults,
            int flows,
            long divergent,
            long toEqualMs,
            List<String> samples,
            int opened,
            int lost,
            int shortOpened,
            int shortFailed,
            List<Long> rssMb) {
        public Phase {
            faults = List.copyOf(faults);
            samples = List.copyOf(samples);
            rssMb = List.copyOf(rssMb);
        }
    }

    public long divergent() {
        return phases.stream().mapToLong(Phase::divergent).sum();
    }

    /** Most resident memory of any node, in MiB, over the first half of the phases and over the second. */
    public long mostRssMb(boolean secondHalf) {
        int half = phases.size() / 2;
        return (secondHalf ? phases.subList(half, phases.size()) : phases.subList(0, half))
                .stream()
                        .flatMap(phase -> phase.rssMb().stream())
                        .mapToLong(Long::longValue)
                        .max()
                        .orElse(0);
    }

    /** One row per phase, as Markdown. */
    public String toTable() {
        StringBuilder text = new StringBuilder();
        text.append(
                "| phase | faults | flows | divergent | equal after | long lived: lost of | short: failed of | RSS, MiB |\n");
        text.append("|--:|---|--:|--:|--:|--:|--:|--:|\n");
        for (int i = 0; i < phases.size(); i++) {
            Phase phase = phases.get(i);
            text.append("| %d | %s | %,d | %d | %.1f s | %d of %d | %d of %d | %s |%n"
                    .formatted(
                            i + 1,
                            String.join("; ", phase.faults()),
                            phase.flows(),
                            phase.divergent(),
                            phase.toEqualMs() / 1000.0,
                            phase.lost(),
                            phase.opened(),
                            phase.shortFailed(),
                            phase.shortOpened(),
                            phase.rssMb().stream().map(String::valueOf).collect(Collectors.joining(" / "))));
        }
        text.append(
                "%nSeed %d, %,d s, %d phases, %d faults: %d divergent entries; %d of %,d long lived lost, %d of %,d short failed; resident memory at most %d MiB in the first half, %d MiB in the second.%n"
                        .formatted(
                                seed,
                                seconds,
                                phases.size(),
                                phases.stream()
                                        .mapToInt(phase -> phase.faults().size())
                                        .sum(),
                                divergent(),
                                sum(Phase::lost),
                                sum(Phase::opened),
                                sum(Phase::shortFailed),
                                sum(Phase::shortOpened),
                                mostRssMb(false),
                                mostRssMb(true)));
        return text.toString();
    }

    public String toJson() {
        return phases.stream()
                .map(FaultReport::json)
                .collect(Collectors.joining(
                        ",",
                        "{\"seed\":%d,\"seconds\":%d,\"divergent\":%d,\"phases\":["
                                .formatted(seed, seconds, divergent()),
                        "]}"));
    }

    private static String json(Phase phase) {
        return "{\"faults\":[%s],\"flows\":%d,\"divergent\":%d,\"toEqualMs\":%d,\"opened\":%d,\"lost\":%d,\"shortOpened\":%d,\"shortFailed\":%d,\"rssMb\":%s}"
                .formatted(
                        phase.faults().stream()
                                .map(fault -> "\"" + fault.toLowerCase(Locale.ROOT) + "\"")
                                .collect(Collectors.joining(",")),
                        phase.flows(),
                        phase.divergent(),
                        phase.toEqualMs(),
                        phase.opened(),
                        phase.lost(),
                        phase.shortOpened(),
                        phase.shortFailed(),
                        phase.rssMb().toString().replace(" ", ""));
    }

    private int sum(ToIntFunction<Phase> part) {
        return phases.stream().mapToInt(part).sum();
    }
}
