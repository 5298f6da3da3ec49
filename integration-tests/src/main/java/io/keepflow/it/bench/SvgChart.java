package io.keepflow.it.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.stream.Collectors;

/** A chart as an SVG text: both axes logarithmic, from a power of ten to another, and the limit as a dashed line. */
final class SvgChart {
    private static final int WIDTH = 760;
    private static final int HEIGHT = 420;
    private static final int LEFT = 70;
    private static final int RIGHT = 20;
    private static final int TOP = 40;
    private static final int BOTTOM = 55;
    private static final int LEGEND_STEP = 18;
    private static final List<String> COLOURS = List.of("#b3452c", "#1f6f8b", "#3a9d5d", "#7b5ea7", "#c08a1e");

    private final Chart chart;
    private final Map<String, NavigableMap<Double, Double>> curves;
    private final double limit;
    private final Axis x;
    private final Axis y;
    private final StringBuilder svg = new StringBuilder();

    private SvgChart(Chart chart, Map<String, NavigableMap<Double, Double>> curves) {
        this.chart = chart;
        this.curves = curves;
        NavigableMap<Double, Double> measured = curves.get(Curves.LIMIT);
        this.limit = measured == null ? chart.limit() : measured.firstEntry().getValue();
        List<Double> xs = new ArrayList<>();
        List<Double> ys = new ArrayList<>();
        curves.forEach((name, points) -> {
            if (!name.equals(Curves.LIMIT)) {
                xs.addAll(points.keySet());
                ys.addAll(points.values());
            }
        });
        if (!Double.isNaN(limit)) {
            ys.add(limit);
        }
        this.x = Axis.of(xs);
        this.y = Axis.of(ys);
    }

    /** @param curves by name, points of x and y, all above zero */
    static String draw(Chart chart, Map<String, NavigableMap<Double, Double>> curves) {
        return new SvgChart(chart, curves).draw();
    }

    private String draw() {
        add(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">"
                        .formatted(WIDTH, HEIGHT));
        add("<rect width=\"%d\" height=\"%d\" fill=\"white\"/>".formatted(WIDTH, HEIGHT));
        text(LEFT, TOP - 18, "start", "font-size=\"14\" font-weight=\"bold\"", chart.title());
        text(LEFT + (WIDTH - LEFT - RIGHT) / 2.0, HEIGHT - 12, "middle", "", chart.xLabel());
        int middle = TOP + (HEIGHT - TOP - BOTTOM) / 2;
        text(16, middle, "middle", "transform=\"rotate(-90 16 %d)\"".formatted(middle), chart.yLabel());
        grid();
        limit();
        int index = 0;
        for (Map.Entry<String, NavigableMap<Double, Double>> curve : curves.entrySet()) {
            if (!curve.getKey().equals(Curves.LIMIT)) {
                curve(curve.getKey(), curve.getValue(), index++);
            }
        }
        add("</svg>");
        return svg.toString();
    }

    private void grid() {
        for (double value : x.ticks()) {
            line(px(value), TOP, px(value), HEIGHT - BOTTOM, "#ddd", "");
            text(px(value), HEIGHT - BOTTOM + 18, "middle", "", brief(value));
        }
        for (double value : y.ticks()) {
            line(LEFT, py(value), WIDTH - RIGHT, py(value), "#ddd", "");
            text(LEFT - 8, py(value) + 4, "end", "", brief(value));
        }
    }

    private void limit() {
        if (!Double.isNaN(limit)) {
            line(LEFT, py(limit), WIDTH - RIGHT, py(limit), "#555", "stroke-dasharray=\"6 4\"");
            text(WIDTH - RIGHT - 4, py(limit) - 5, "end", "fill=\"#555\"", chart.limitLabel());
        }
    }

    private void curve(String name, NavigableMap<Double, Double> points, int index) {
        String colour = COLOURS.get(index % COLOURS.size());
        String path = points.entrySet().stream()
                .map(point -> String.format(Locale.ROOT, "%.1f,%.1f", px(point.getKey()), py(point.getValue())))
                .collect(Collectors.joining(" "));
        add("<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>".formatted(path, colour));
        points.forEach((px, py) -> add(String.format(
                Locale.ROOT, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>", px(px), py(py), colour)));
        int legend = TOP + 14 + LEGEND_STEP * index;
        line(LEFT + 10, legend - 4, LEFT + 34, legend - 4, colour, "stroke-width=\"2\"");
        text(LEFT + 40, legend, "start", "", name);
    }

    private double px(double value) {
        return LEFT + x.share(value) * (WIDTH - LEFT - RIGHT);
    }

    private double py(double value) {
        return HEIGHT - BOTTOM - y.share(value) * (HEIGHT - TOP - BOTTOM);
    }

    private void line(double x1, double y1, double x2, double y2, String colour, String more) {
        add(String.format(
                Locale.ROOT,
                "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" %s/>",
                x1,
                y1,
                x2,
                y2,
                colour,
                more));
    }

    private void text(double x, double y, String anchor, String more, String words) {
        String escaped = words.replace("&", "&amp;").replace("<", "&lt;");
        add(String.format(
                Locale.ROOT,
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" %s>%s</text>",
                x,
                y,
                anchor,
                more,
                escaped));
    }

    private void add(String element) {
        svg.append(element).append('\n');
    }

    private static String brief(double value) {
        if (value >= 1_000_000) {
            return String.format(Locale.ROOT, "%.0f M", value / 1_000_000);
        }
        if (value >= 1000) {
            return String.format(Locale.ROOT, "%.0f k", value / 1000);
        }
        return value >= 1 ? String.format(Locale.ROOT, "%.0f", value) : String.format(Locale.ROOT, "%s", value);
    }

    /** From one power of ten to another. */
    private record Axis(int least, int most) {
        static Axis of(List<Double> values) {
            double low = values.stream().mapToDouble(Double::doubleValue).min().orElse(1);
            double high = values.stream().mapToDouble(Double::doubleValue).max().orElse(10);
            if (low <= 0) {
                throw new IllegalArgumentException("a logarithmic axis has no place for " + low);
            }
            int least = (int) Math.floor(Math.log10(low));
            return new Axis(least, Math.max(least + 1, (int) Math.ceil(Math.log10(high))));
        }

        double share(double value) {
            return (Math.log10(value) - least) / (most - least);
        }

        List<Double> ticks() {
            List<Double> ticks = new ArrayList<>();
            for (int power = least; power <= most; power++) {
                ticks.add(Math.pow(10, power));
            }
            return ticks;
        }
    }
}
