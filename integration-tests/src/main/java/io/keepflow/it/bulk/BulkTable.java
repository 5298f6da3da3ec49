package io.keepflow.it.bulk;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The results of some cases: a row per phase for people, an array of objects for programmes. */
final class BulkTable {
    private static final String HEADER = """
            | flows | nodes | loss | phase | load s | in step after s | missing | stale | different | MB on the wire | sent again | peak RSS, MB |
            |---|---|---|---|---|---|---|---|---|---|---|---|
            """;

    private BulkTable() {}

    static String text(Map<BulkPlan, List<Phase>> results) {
        StringBuilder text = new StringBuilder(HEADER);
        results.forEach((plan, phases) -> phases.forEach(phase -> text.append(row(plan, phase))));
        return text.toString();
    }

    static String json(Map<BulkPlan, List<Phase>> results) {
        return results.entrySet().stream()
                .flatMap(result -> result.getValue().stream().map(phase -> object(result.getKey(), phase)))
                .collect(Collectors.joining(",", "[", "]"));
    }

    private static String row(BulkPlan plan, Phase phase) {
        return "| %,d | %d | %d %% | %s | %.1f | %.1f | %d | %d | %d | %.1f | %,d | %s |\n"
                .formatted(
                        phase.kernels().flows(),
                        plan.nodes(),
                        plan.lossPercent(),
                        phase.name(),
                        phase.loadMs() / 1e3,
                        phase.convergedMs() / 1e3,
                        phase.kernels().missing(),
                        phase.kernels().stale(),
                        phase.kernels().different(),
                        phase.wireBytes() / 1e6,
                        phase.retransmissions(),
                        phase.peakMegabytes().stream().map(String::valueOf).collect(Collectors.joining(", ")));
    }

    private static String object(BulkPlan plan, Phase phase) {
        return "{\"flows\":%d,\"nodes\":%d,\"lossPercent\":%d,\"phase\":\"%s\",\"loadMs\":%d,\"convergedMs\":%d,\"missing\":%d,\"stale\":%d,\"different\":%d,\"wireBytes\":%d,\"retransmissions\":%d,\"peakMegabytes\":%s}"
                .formatted(
                        phase.kernels().flows(),
                        plan.nodes(),
                        plan.lossPercent(),
                        phase.name(),
                        phase.loadMs(),
                        phase.convergedMs(),
                        phase.kernels().missing(),
                        phase.kernels().stale(),
                        phase.kernels().different(),
                        phase.wireBytes(),
                        phase.retransmissions(),
                        phase.peakMegabytes());
    }
}
