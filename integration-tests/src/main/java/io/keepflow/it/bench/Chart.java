package io.keepflow.it.bench;

/** The curves that {@code --sweep} draws, one file each. */
enum Chart {
    CPU(
            "cpu-per-event.svg",
            "CPU per kernel event on the active firewall, 20,000 events/s of short connections",
            "flows in the table",
            "µs per event",
            "decoding an event's message, nothing else (Parse.events of ./jmh)",
            0.1),
    MEMORY(
            "memory-per-flow.svg",
            "Resident memory of the active daemon per flow",
            "flows in the table",
            "bytes per flow",
            "what an IPv4 flow says: two tuples, state, mark, zone",
            48),
    LAG(
            "lag.svg",
            "Event on the active firewall → entry in a standby's kernel, p99",
            "kernel events per second",
            "µs",
            "an entry in the same kernel, measured the same way, p50",
            Double.NaN);

    private final String file;
    private final String title;
    private final String xLabel;
    private final String yLabel;
    private final String limitLabel;
    private final double limit;

    Chart(String file, String title, String xLabel, String yLabel, String limitLabel, double limit) {
        this.file = file;
        this.title = title;
        this.xLabel = xLabel;
        this.yLabel = yLabel;
        this.limitLabel = limitLabel;
        this.limit = limit;
    }

    String file() {
        return file;
    }

    String title() {
        return title;
    }

    String xLabel() {
        return xLabel;
    }

    String yLabel() {
        return yLabel;
    }

    String limitLabel() {
        return limitLabel;
    }

    /** No machine does it for less; NaN where that is measured, as a curve named {@link Curves#LIMIT}. */
    double limit() {
        return limit;
    }
}
