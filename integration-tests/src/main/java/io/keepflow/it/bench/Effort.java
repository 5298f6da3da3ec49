package io.keepflow.it.bench;

import java.time.Duration;

/**
 * How long things are watched.
 *
 * @param cold the first load of real connections, and the one before the warm daemons are measured
 * @param windows measurements of the warm daemons, of {@code window} each, per round
 * @param probes latencies that are measured, at each load
 */
record Effort(Duration cold, Duration warmUp, int windows, Duration window, Duration idle, int probes) {
    static final Effort FULL = new Effort(
            Duration.ofSeconds(5), Duration.ofSeconds(40), 1, Duration.ofSeconds(8), Duration.ofSeconds(5), 4000);

    static final Effort SHORT = new Effort(
            Duration.ofSeconds(2), Duration.ofSeconds(5), 1, Duration.ofSeconds(3), Duration.ofSeconds(2), 1500);

    /** As little as can be: shows that the measurements work. */
    static final Effort SMALLEST = new Effort(
            Duration.ofSeconds(1), Duration.ofSeconds(1), 1, Duration.ofSeconds(1), Duration.ofSeconds(1), 200);
}
