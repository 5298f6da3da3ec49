package io.keepflow.it.bench;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What has been measured so far. */
final class Results {
    private final Map<Figure, Map<Tool, List<Double>>> values = new EnumMap<>(Figure.class);

    /** Adds a measurement. What is not a number, or not above zero where something must have happened, is an error. */
    void add(Figure figure, Tool tool, double value) {
        if (!Double.isFinite(value) || value < 0) {
            throw new IllegalStateException(figure.key() + " of " + tool.key() + " cannot be " + value);
        }
        values.computeIfAbsent(figure, _ -> new EnumMap<>(Tool.class))
                .computeIfAbsent(tool, _ -> new ArrayList<>())
                .add(value);
    }

    /** The figures that were measured with any of the tools, in their order. */
    List<Figure> figures() {
        return List.copyOf(values.keySet());
    }

    Optional<Spread> spread(Figure figure, Tool tool) {
        return Optional.ofNullable(values.getOrDefault(figure, Map.of()).get(tool))
                .map(Spread::of);
    }

    /** NaN if there is none; likewise below. */
    double median(Figure figure, Tool tool) {
        return spread(figure, tool).map(Spread::median).orElse(Double.NaN);
    }

    /** Keepflow's median divided by conntrackd's. */
    double ratio(Figure figure) {
        double conntrackd = median(figure, Tool.CONNTRACKD);
        return conntrackd == 0 ? Double.NaN : median(figure, Tool.KEEPFLOW) / conntrackd;
    }
}
