package io.keepflow.it.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Memory of the active daemon by flows in its kernel, in megabytes; and what a large table costs that nobody uses. */
final class Memory {
    private static final Duration SETTLE = Duration.ofSeconds(3);
    private static final Duration START_LIMIT = Duration.ofMinutes(1);
    private static final Map<Integer, Figure> RESIDENT = new TreeMap<>(Map.of(
            0, Figure.RSS_0,
            100_000, Figure.RSS_100K,
            500_000, Figure.RSS_500K,
            1_000_000, Figure.RSS_1M));
    private static final Map<Integer, Figure> PROPORTIONAL = Map.of(
            0, Figure.PSS_0,
            100_000, Figure.PSS_100K,
            500_000, Figure.PSS_500K,
            1_000_000, Figure.PSS_1M);

    private final Bed bed;
    private final Results results;
    private final Effort effort;

    Memory(Bed bed, Results results, Effort effort) {
        this.bed = bed;
        this.results = results;
        this.effort = effort;
    }

    /** At each size up to that one, the tables growing from empty. */
    void measure(int most) throws Exception {
        bed.awaitEmptyTables(START_LIMIT);
        int filled = 0;
        for (Map.Entry<Integer, Figure> size : RESIDENT.entrySet()) {
            int flows = size.getKey();
            if (flows > most) {
                break;
            }
            Fill.create(bed.active(), filled, flows);
            filled = flows;
            Thread.sleep(SETTLE);
            bed.contestant().requireHealthy();
            long pid = bed.contestant().pid(bed.active());
            results.add(size.getValue(), bed.tool(), megabytes(pid, "status", "VmRSS:"));
            results.add(
                    PROPORTIONAL.getOrDefault(flows, Figure.PSS_0), bed.tool(), megabytes(pid, "smaps_rollup", "Pss:"));
        }
    }

    /** What the table as it is now costs, while nothing happens. */
    void measureIdleCost() throws Exception {
        Usage before = Usage.of(bed);
        Thread.sleep(effort.idle());
        Usage used = Usage.of(bed).since(before);
        results.add(Figure.CPU_IDLE_ACTIVE_1M, bed.tool(), used.activeCpuNanos() / 1e6 / used.wallSeconds());
        results.add(Figure.CPU_IDLE_STANDBY_1M, bed.tool(), used.standbyCpuNanos() / 1e6 / used.wallSeconds());
        results.add(Figure.LINK_IDLE_1M, bed.tool(), used.linkBytes() / used.wallSeconds());
    }

    static double megabytes(long pid, String file, String name) throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid + "/" + file))) {
            return lines.filter(line -> line.startsWith(name))
                            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                            .findFirst()
                            .orElseThrow(() -> new IOException("no " + name + " in /proc/" + pid + "/" + file))
                    / 1024.0;
        }
    }
}
