package io.keepflow.it.bench;

import java.time.Duration;

/** Measures one tool's curves: what an event and a flow cost as the table grows, and the lag as the events come faster. */
final class Sweep {
    private static final int[] TABLE_SIZES = {10_000, 50_000, 100_000, 500_000, 1_000_000, 2_000_000};
    private static final int[] EVENT_RATES = {1_000, 10_000, 20_000, 50_000, 80_000, 120_000, 160_000};
    private static final int[] KEEPFLOW_NODES = {2, 3, 5};
    private static final int[] CONNTRACKD_NODES = {2};
    private static final int LOAD_EVENTS_PER_SECOND = 20_000;
    private static final Duration LOAD = Duration.ofSeconds(4);
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final double P99 = 0.99;

    private final Tool tool;
    private final Curves curves;
    private final Effort effort;
    private final EventRate.Progress progress;

    Sweep(Tool tool, Curves curves, Effort effort, EventRate.Progress progress) {
        this.tool = tool;
        this.curves = curves;
        this.effort = effort;
        this.progress = progress;
    }

    /** CPU per event and memory per flow, from 10,000 to 2,000,000 flows. */
    void tables() throws Exception {
        curves.forget(Chart.CPU, tool.key());
        curves.forget(Chart.MEMORY, tool.key());
        int most = TABLE_SIZES[TABLE_SIZES.length - 1];
        try (Bed bed = Bed.running(Group.hot(tool), most + most / 10)) {
            new CpuCost(bed, new Results(), effort).warmUp();
            double empty = resident(bed);
            int filled = 0;
            for (int size : TABLE_SIZES) {
                Fill.create(bed.active(), filled, size);
                filled = size;
                bed.awaitSameTables(LIMIT);
                double bytesPerFlow = (resident(bed) - empty) * (1 << 20) / size;
                double micros = underLoad(bed);
                progress.report(
                        "%s: %,d flows: %.1f µs/event, %.0f B/flow".formatted(tool.key(), size, micros, bytesPerFlow));
                curves.add(Chart.CPU, tool.key(), size, micros);
                if (bytesPerFlow >= 1) {
                    curves.add(Chart.MEMORY, tool.key(), size, bytesPerFlow);
                }
            }
        }
    }

    private static double resident(Bed bed) throws Exception {
        return Memory.megabytes(bed.contestant().pid(bed.active()), "status", "VmRSS:");
    }

    private static double underLoad(Bed bed) throws Exception {
        Usage before = Usage.of(bed);
        Lifecycles.run(bed.active(), LOAD_EVENTS_PER_SECOND, LOAD);
        bed.awaitSameTables(LIMIT);
        Usage used = Usage.of(bed).since(before);
        used.requireNothingLost();
        return used.activeMicrosPerEvent();
    }

    /** Lag at rising rates, until one is not held. */
    void lags() throws Exception {
        for (int nodes : tool == Tool.KEEPFLOW ? KEEPFLOW_NODES : CONNTRACKD_NODES) {
            String curve = tool.key() + " " + nodes + " nodes";
            curves.forget(Chart.LAG, curve);
            lags(nodes, curve);
            curves.write();
        }
    }

    private void lags(int nodes, String curve) throws Exception {
        try (Bed bed = Bed.open(Group.hot(tool), nodes, 200_000)) {
            bed.startAll();
            new CpuCost(bed, new Results(), effort).warmUp();
            Percentiles floor = Probes.run(bed.active(), bed.active(), effort.probes());
            curves.add(Chart.LAG, Curves.LIMIT, 1, floor.micros(0.5));
            for (int rate : EVENT_RATES) {
                bed.awaitEmptyTables(LIMIT);
                Usage before = Usage.of(bed);
                Latency.UnderLoad load = new Latency(bed, new Results(), effort).measured(rate);
                Usage used = Usage.of(bed).since(before);
                double lag = load.latencies().micros(P99);
                boolean isHeld = used.activeOverruns() == 0 && load.made().madeRate(rate) && lag < 1e6;
                progress.report(
                        "%s: %,d events/s: p99 %.0f µs%s".formatted(curve, rate, lag, isHeld ? "" : ", not held"));
                if (!isHeld) {
                    return;
                }
                curves.add(Chart.LAG, curve, rate, lag);
            }
        }
    }
}
