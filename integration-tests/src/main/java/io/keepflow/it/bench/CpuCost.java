package io.keepflow.it.bench;

import io.keepflow.it.lab.Family;
import java.io.IOException;
import java.time.Duration;

/** What short TCP connections cost the daemons and the sync link: real ones, of an HTTP client and nginx, through SNAT. */
final class CpuCost {
    private static final int CONNECTIONS_PER_SECOND = 3000;
    private static final Duration SETTLE_LIMIT = Duration.ofSeconds(40);

    /** A kernel tells of every connection that it is there, established and gone; no more than one event per state. */
    private static final double FEWEST_EVENTS = 5;

    private static final double MOST_EVENTS = 9;

    /** Enough for the hot loops to be compiled; conntrackd gets the same. */
    private static final int WARM_UP_EVENTS_PER_SECOND = 50_000;

    private final Bed bed;
    private final Results results;
    private final Effort effort;

    CpuCost(Bed bed, Results results, Effort effort) {
        this.bed = bed;
        this.results = results;
        this.effort = effort;
    }

    /** On daemons that were just started: the first load is the cold one. */
    void measure() throws Exception {
        try (HttpServer _ = HttpServer.start(bed.lab());
                Reaper _ = new Reaper(bed.active())) {
            Cost cold = paced(Family.IPV4, effort.cold());
            results.add(Figure.CPU_ACTIVE_COLD, bed.tool(), cold.activePerEvent());
            results.add(Figure.CPU_STANDBY_COLD, bed.tool(), cold.standbyPerConnection());
            fullSpeed(Family.IPV4, effort.warmUp());
            addFullSpeed(fullSpeed(Family.IPV4, effort.window()));
            paced(Family.IPV4, effort.cold());
            addPaced(paced(Family.IPV4, effort.window()));
        }
        idle();
    }

    /** The same in IPv6, warm. */
    void measureIpv6() throws Exception {
        try (HttpServer _ = HttpServer.start(bed.lab());
                Reaper _ = new Reaper(bed.active())) {
            fullSpeed(Family.IPV6, effort.warmUp());
            paced(Family.IPV6, effort.cold());
            Cost cost = paced(Family.IPV6, effort.window());
            results.add(Figure.CPU_ACTIVE_IPV6, bed.tool(), cost.activePerEvent());
            results.add(Figure.CPU_STANDBY_IPV6, bed.tool(), cost.standbyPerConnection());
        }
    }

    /** With events of short connections made through ctnetlink, for what no real ones are needed. */
    void warmUp() throws Exception {
        Lifecycles.run(bed.active(), WARM_UP_EVENTS_PER_SECOND, effort.warmUp());
        bed.awaitEmptyTables(SETTLE_LIMIT);
    }

    private Cost paced(Family family, Duration duration) throws Exception {
        return cost(() -> PacedConnections.run(bed.lab().client(), family, CONNECTIONS_PER_SECOND, duration));
    }

    private Cost fullSpeed(Family family, Duration duration) throws Exception {
        return cost(() -> Wrk.run(bed.lab().client(), family, duration));
    }

    private void addPaced(Cost cost) {
        results.add(Figure.CPU_ACTIVE, bed.tool(), cost.activePerEvent());
        results.add(Figure.CPU_STANDBY, bed.tool(), cost.standbyPerConnection());
        results.add(Figure.LINK_BYTES, bed.tool(), cost.per(cost.usage().linkBytes()));
        results.add(Figure.LINK_PACKETS, bed.tool(), cost.per(cost.usage().linkPackets()));
        results.add(
                Figure.EVENTS_PER_CONNECTION, bed.tool(), cost.per(cost.usage().activeEvents()));
    }

    private void addFullSpeed(Cost cost) {
        results.add(Figure.CPU_ACTIVE_FULL_SPEED, bed.tool(), cost.activePerEvent());
        results.add(Figure.CPU_STANDBY_FULL_SPEED, bed.tool(), cost.standbyPerConnection());
        results.add(
                Figure.LINK_BYTES_FULL_SPEED, bed.tool(), cost.per(cost.usage().linkBytes()));
        results.add(
                Figure.FULL_SPEED_RATE,
                bed.tool(),
                cost.connections() / (double) effort.window().toSeconds());
    }

    /** What the daemons cost when nothing happens. */
    private void idle() throws Exception {
        bed.awaitEmptyTables(SETTLE_LIMIT);
        Usage before = Usage.of(bed);
        Thread.sleep(effort.idle());
        Usage used = Usage.of(bed).since(before);
        results.add(Figure.CPU_IDLE_ACTIVE, bed.tool(), used.activeCpuNanos() / 1e6 / used.wallSeconds());
        results.add(Figure.CPU_IDLE_STANDBY, bed.tool(), used.standbyCpuNanos() / 1e6 / used.wallSeconds());
    }

    /** Runs the load on empty tables, and until they are empty again. */
    private Cost cost(Load load) throws Exception {
        bed.awaitEmptyTables(SETTLE_LIMIT);
        Usage before = Usage.of(bed);
        int connections = load.run();
        bed.awaitEmptyTables(SETTLE_LIMIT);
        Cost cost = new Cost(connections, Usage.of(bed).since(before));
        cost.requireSense();
        return cost;
    }

    /** Returns the number of connections that it made. */
    @FunctionalInterface
    interface Load {
        int run() throws Exception;
    }

    /** What some connections took. */
    record Cost(int connections, Usage usage) {
        double activePerEvent() {
            return usage.activeMicrosPerEvent();
        }

        double standbyPerConnection() {
            return usage.standbyMicrosPer(connections);
        }

        double per(long count) {
            return count / (double) connections;
        }

        /** The daemon's own count of events must be about what so many connections cause. */
        void requireSense() throws IOException {
            usage.requireNothingLost();
            double events = per(usage.activeEvents());
            if (events < FEWEST_EVENTS || events > MOST_EVENTS) {
                throw new IOException("the daemon counted %.1f events for each of %d connections, which cannot be"
                        .formatted(events, connections));
            }
        }
    }
}
