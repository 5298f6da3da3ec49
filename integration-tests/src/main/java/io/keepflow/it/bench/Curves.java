package io.keepflow.it.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** The points of all charts, kept in a file beside them, so that one tool's curves can be measured again without the other's. */
final class Curves {
    /** A curve of this name is the limit. */
    static final String LIMIT = "limit";

    private static final String POINTS = "points.csv";
    private static final int COLUMNS = 4;

    private final Path directory;
    private final Map<Chart, Map<String, NavigableMap<Double, Double>>> charts = new EnumMap<>(Chart.class);

    private Curves(Path directory) {
        this.directory = directory;
    }

    /** Those that are in the directory already. */
    static Curves in(Path directory) throws IOException {
        Curves curves = new Curves(directory);
        Path points = directory.resolve(POINTS);
        if (Files.exists(points)) {
            for (String line : Files.readAllLines(points)) {
                String[] cells = line.split(",", -1);
                if (cells.length != COLUMNS) {
                    throw new IOException(points + " has a line that is no point: " + line);
                }
                curves.add(
                        Chart.valueOf(cells[0]), cells[1], Double.parseDouble(cells[2]), Double.parseDouble(cells[3]));
            }
        }
        return curves;
    }

    void add(Chart chart, String curve, double x, double y) {
        charts.computeIfAbsent(chart, _ -> new TreeMap<>())
                .computeIfAbsent(curve, _ -> new TreeMap<>())
                .put(x, y);
    }

    /** To be measured anew. */
    void forget(Chart chart, String curve) {
        Map<String, NavigableMap<Double, Double>> curves = charts.get(chart);
        if (curves != null) {
            curves.remove(curve);
        }
    }

    Map<String, NavigableMap<Double, Double>> of(Chart chart) {
        return charts.getOrDefault(chart, Map.of());
    }

    /** Writes the points, and draws every chart that has any. */
    void write() throws IOException {
        Files.createDirectories(directory);
        StringBuilder points = new StringBuilder();
        for (Map.Entry<Chart, Map<String, NavigableMap<Double, Double>>> chart : charts.entrySet()) {
            chart.getValue()
                    .forEach((curve, values) -> values.forEach((x, y) -> points.append(
                            String.format(Locale.ROOT, "%s,%s,%.0f,%.3f%n", chart.getKey(), curve, x, y))));
            Files.writeString(
                    directory.resolve(chart.getKey().file()), SvgChart.draw(chart.getKey(), chart.getValue()));
        }
        Files.writeString(directory.resolve(POINTS), points);
    }
}
