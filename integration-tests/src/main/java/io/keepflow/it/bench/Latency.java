package io.keepflow.it.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Event on the active firewall → entry in the standby's kernel, of warm daemons. */
final class Latency {
    private static final Duration SETTLE_LIMIT = Duration.ofMinutes(1);
    private static final Duration LOAD_FIRST = Duration.ofSeconds(1);
    private static final double MEDIAN = 0.5;
    private static final double P99 = 0.99;
    private static final double P999 = 0.999;

    private final Bed bed;
    private final Results results;
    private final Effort effort;

    Latency(Bed bed, Results results, Effort effort) {
        this.bed = bed;
        this.results = results;
        this.effort = effort;
    }

    /** With nothing else to do; and what the measurement itself sees when nothing is in between. */
    void measureIdle() throws Exception {
        bed.awaitEmptyTables(SETTLE_LIMIT);
        Percentiles floor = Probes.run(bed.active(), bed.active(), effort.probes());
        results.add(Figure.LATENCY_FLOOR_P50, bed.tool(), floor.micros(MEDIAN));
        results.add(Figure.LATENCY_FLOOR_P99, bed.tool(), floor.micros(P99));
        bed.awaitEmptyTables(SETTLE_LIMIT);
        Probes.run(bed.active(), bed.standby(), effort.probes() / 2);
        bed.awaitEmptyTables(SETTLE_LIMIT);
        Percentiles idle = Probes.run(bed.active(), bed.standby(), effort.idleProbes());
        results.add(Figure.LATENCY_IDLE_P50, bed.tool(), idle.micros(MEDIAN));
        results.add(Figure.LATENCY_IDLE_P99, bed.tool(), idle.micros(P99));
        results.add(Figure.LATENCY_IDLE_P999, bed.tool(), idle.micros(P999));
    }

    /** Under so many events of short connections per second. */
    private Percentiles under(int eventsPerSecond) throws Exception {
        UnderLoad load = measured(eventsPerSecond);
        if (!load.made().madeRate(eventsPerSecond)) {
            throw new IOException(
                    "the load made %.0f events/s, not %d".formatted(load.made().eventsPerSecond(), eventsPerSecond));
        }
        return load.latencies();
    }

    /** The same, whatever the load came to. */
    UnderLoad measured(int eventsPerSecond) throws Exception {
        bed.awaitEmptyTables(SETTLE_LIMIT);
        Duration duration = LOAD_FIRST.multipliedBy(2).plusNanos(effort.probes() * Probes.PERIOD_NANOS);
        CompletableFuture<Lifecycles.Outcome> load = new CompletableFuture<>();
        Thread.ofPlatform().daemon().name("load").start(() -> {
            try {
                load.complete(Lifecycles.run(bed.active(), eventsPerSecond, duration));
            } catch (Exception e) {
                load.completeExceptionally(e);
            }
        });
        Thread.sleep(LOAD_FIRST);
        Percentiles latencies = Probes.run(bed.active(), bed.standby(), effort.probes());
        return new UnderLoad(latencies, load.get(SETTLE_LIMIT.toSeconds(), TimeUnit.SECONDS));
    }

    /** What was measured, and under what. */
    record UnderLoad(Percentiles latencies, Lifecycles.Outcome made) {}

    void measureUnderLoad() throws Exception {
        Percentiles some = under(10_000);
        results.add(Figure.LATENCY_10K_P50, bed.tool(), some.micros(MEDIAN));
        results.add(Figure.LATENCY_10K_P99, bed.tool(), some.micros(P99));
        results.add(Figure.LATENCY_10K_P999, bed.tool(), some.micros(P999));
        Percentiles many = under(50_000);
        results.add(Figure.LATENCY_50K_P50, bed.tool(), many.micros(MEDIAN));
        results.add(Figure.LATENCY_50K_P99, bed.tool(), many.micros(P99));
        results.add(Figure.LATENCY_50K_P999, bed.tool(), many.micros(P999));
    }
}
