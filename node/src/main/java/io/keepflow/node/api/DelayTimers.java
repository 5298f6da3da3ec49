package io.keepflow.node.api;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** {@code keepflow_replication_delay_seconds}: how long changes take from their owner's kernel into this one. */
public final class DelayTimers {
    private static final Duration[] DELAY_BUCKETS = {
        micros(50), micros(100), micros(200), micros(500),
        micros(1_000), micros(2_000), micros(5_000), micros(10_000),
        micros(20_000), micros(50_000), micros(100_000), micros(250_000),
        micros(500_000), micros(1_000_000), micros(2_500_000), micros(5_000_000),
        micros(10_000_000), micros(30_000_000)
    };

    private final MeterRegistry registry;
    private final Map<String, Timer> delays = new ConcurrentHashMap<>();
    private final Function<String, Timer> newDelay = this::registerDelay;

    public DelayTimers(MeterRegistry registry) {
        this.registry = registry;
    }

    /**
     * Records that a change of {@code owner}'s flow took so long from its capture there to its injection here. Allocates
     * nothing once the owner is known.
     */
    public void record(String owner, double seconds) {
        delays.computeIfAbsent(owner, newDelay).record((long) (seconds * 1e9), TimeUnit.NANOSECONDS);
    }

    private Timer registerDelay(String owner) {
        return Timer.builder("keepflow.replication.delay")
                .description("From the capture of a change on its owner to its injection here")
                .tag("peer", owner)
                .serviceLevelObjectives(DELAY_BUCKETS)
                .register(registry);
    }

    private static Duration micros(long micros) {
        return Duration.ofNanos(micros * 1_000);
    }
}
