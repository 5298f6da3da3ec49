package io.keepflow.node.cli;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Numbers, times and words as an operator reads them. Control characters of what other nodes sent never reach the terminal. */
final class Amounts {
    private Amounts() {}

    /** {@code 1,234,567}; from a million millions on {@code 1.23e12}. Unsigned. */
    static String count(long number) {
        if (number < 0 || number >= 1_000_000_000_000L) {
            return String.format(Locale.ROOT, "%.2e", new BigDecimal(Long.toUnsignedString(number)));
        }
        return String.format(Locale.ROOT, "%,d", number);
    }

    /** {@code 1 flow}, {@code 12 flows}. */
    static String flows(long number) {
        return count(number) + (number == 1 ? " flow" : " flows");
    }

    /** {@code 0.4 ms}, {@code 12 ms}, {@code 3.1 s}, {@code 2 min 5 s}, {@code 2 h 14 min}, {@code 3 d 4 h}. */
    static String seconds(double seconds) {
        if (!(seconds > 0)) {
            return "0 ms";
        }
        if (seconds < 0.01) {
            return String.format(Locale.ROOT, "%.1f ms", seconds * 1e3);
        }
        if (seconds < 1) {
            return String.format(Locale.ROOT, "%.0f ms", seconds * 1e3);
        }
        if (seconds < 10) {
            return String.format(Locale.ROOT, "%.1f s", seconds);
        }
        long whole = Math.round(Math.min(seconds, 1e12));
        if (whole < 60) {
            return whole + " s";
        }
        if (whole < 3_600) {
            return whole / 60 + " min " + whole % 60 + " s";
        }
        if (whole < 86_400) {
            return whole / 3_600 + " h " + whole % 3_600 / 60 + " min";
        }
        return whole / 86_400 + " d " + whole % 86_400 / 3_600 + " h";
    }

    static String millis(long millis) {
        return seconds(millis / 1e3);
    }

    /** {@code 52 %}; never 100 before it is, never 0 after it has begun. */
    static String percent(double share) {
        int percent = (int) Math.floor(clamp(share) * 100);
        return (percent == 0 && share > 0 ? "<1" : Integer.toString(percent)) + " %";
    }

    /** {@code [#####-----]} of {@code cells} cells. */
    static String bar(double share, int cells) {
        int full = (int) Math.floor(clamp(share) * cells);
        return "[" + "#".repeat(full) + "-".repeat(cells - full) + "]";
    }

    /** The text in at most {@code width} characters, on one line, fit to print; its end is {@code ~} when something was left out. */
    static String fit(String text, int width) {
        String clean = clean(text);
        return clean.length() <= width ? clean : clean.substring(0, width - 1) + "~";
    }

    static String clean(String text) {
        return text.replaceAll("[\\p{Cntrl}\\p{Cf}]", "?");
    }

    /** The text in lines of at most {@code width} characters, broken at spaces where there are any. */
    static List<String> wrap(String text, int width) {
        List<String> lines = new ArrayList<>();
        String rest = clean(text).strip();
        while (rest.length() > width) {
            int space = rest.lastIndexOf(' ', width);
            int end = space > 0 ? space : width;
            lines.add(rest.substring(0, end).stripTrailing());
            rest = rest.substring(end).stripLeading();
        }
        lines.add(rest);
        return lines;
    }

    private static double clamp(double share) {
        return share >= 0 ? Math.min(share, 1) : 0;
    }
}
