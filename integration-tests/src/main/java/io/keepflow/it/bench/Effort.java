package io.keepflow.it.bench;

import java.time.Duration;

/**
 * How long things are watched.
 *
 * @param cold the first load of real connections, and the one before the warm daemons are measured under another load
 * @param warmUp in the full form as long as a node takes from its start to its first comparison with its own kernel
 * @param window each measurement of the warm daemons
 * @param idleProbes latencies that are measured at rest; in the full form for as long as from one such comparison to the next
 * @param probes latencies that are measured at each load
 */
record Effort(Duration cold, Duration warmUp, Duration window, Duration idle, int idleProbes, int probes) {
    static final Effort FULL = new Effort(
            Duration.ofSeconds(5), Duration.ofSeconds(60), Duration.ofSeconds(20), Duration.ofSeconds(5), 30_000, 4000);

    static final Effort SHORT = new Effort(
            Duration.ofSeconds(1), Duration.ofSeconds(4), Duration.ofSeconds(2), Duration.ofSeconds(1), 1500, 1500);

    /** For single points of daemons that are as warm as the table's. */
    static final Effort CURVES =
            new Effort(SHORT.cold, FULL.warmUp, SHORT.window, SHORT.idle, SHORT.idleProbes, SHORT.probes);

    /** As little as can be: shows that the measurements work. */
    static final Effort SMALLEST = new Effort(
            Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(1), 200, 200);
}
