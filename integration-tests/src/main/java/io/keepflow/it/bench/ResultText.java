package io.keepflow.it.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The results as an aligned table for people, and as JSON for programmes. */
final class ResultText {
    private static final List<String> HEADER =
            List.of("figure", "unit", "keepflow", "conntrackd", "ratio", "target", "reached");
    private static final int FIRST_NUMBER = 2;
    private static final int LAST_NUMBER = 4;
    private static final int THREE_DIGITS = 100;
    private static final int TWO_DIGITS = 10;

    private ResultText() {}

    static String table(Results results) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(HEADER);
        for (Figure figure : results.figures()) {
            rows.add(row(figure, results));
        }
        int[] widths = new int[HEADER.size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        rows.add(1, Arrays.stream(widths).mapToObj(width -> "-".repeat(width)).toList());
        return rows.stream().map(row -> line(row, widths)).collect(Collectors.joining());
    }

    /** A list of objects with figure, unit, keepflow, conntrackd and ratio; null where a tool has none. */
    static String json(Results results) {
        return results.figures().stream()
                .map(figure -> "  {\"figure\":\"%s\",\"unit\":\"%s\",\"keepflow\":%s,\"conntrackd\":%s,\"ratio\":%s}"
                        .formatted(
                                figure.key(),
                                figure.unit(),
                                jsonNumber(results.median(figure, Tool.KEEPFLOW)),
                                jsonNumber(results.median(figure, Tool.CONNTRACKD)),
                                jsonNumber(results.ratio(figure))))
                .collect(Collectors.joining(",\n", "[\n", "\n]\n"));
    }

    private static List<String> row(Figure figure, Results results) {
        double value = results.median(figure, Tool.KEEPFLOW);
        double ratio = results.ratio(figure);
        Target target = figure.target();
        return List.of(
                figure.key(),
                figure.unit(),
                cell(results, figure, Tool.KEEPFLOW),
                cell(results, figure, Tool.CONNTRACKD),
                Double.isNaN(ratio) ? "" : String.format(Locale.ROOT, "%.3f", ratio),
                target.toString(),
                target.canBeJudged(value, ratio) ? (target.isReached(value, ratio) ? "yes" : "NO") : "");
    }

    private static String cell(Results results, Figure figure, Tool tool) {
        return results.spread(figure, tool).map(ResultText::text).orElse("");
    }

    private static String text(Spread spread) {
        String median = number(spread.median());
        return spread.least() == spread.most()
                ? median
                : median + " (" + number(spread.least()) + ".." + number(spread.most()) + ")";
    }

    /** Three digits that count. */
    static String number(double value) {
        if (value >= THREE_DIGITS) {
            return String.format(Locale.ROOT, "%,.0f", value);
        }
        return String.format(Locale.ROOT, value >= TWO_DIGITS ? "%.1f" : "%.2f", value);
    }

    private static String jsonNumber(double value) {
        return Double.isNaN(value) ? "null" : String.format(Locale.ROOT, "%.4f", value);
    }

    private static String line(List<String> row, int[] widths) {
        StringBuilder line = new StringBuilder("|");
        for (int i = 0; i < widths.length; i++) {
            String padding = " ".repeat(widths[i] - row.get(i).length());
            boolean words = i < FIRST_NUMBER || i > LAST_NUMBER;
            if (row.get(i).startsWith("--")) {
                line.append('-').append(row.get(i)).append(words ? "-|" : ":|");
            } else {
                line.append(' ')
                        .append(words ? row.get(i) + padding : padding + row.get(i))
                        .append(" |");
            }
        }
        return line.append('\n').toString();
    }
}
