package io.keepflow.it.containers;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.util.Properties;

/** What the client in the bed says of its conversations at one moment. */
record Report(Tally tcp4, Tally tcp6, Tally udp4, Tally udp6, int linesDrawn, int longestSilenceMs, String broken) {

    /** Conversations of one protocol over one IP version; {@code sameMapping} counts those that kept one NAT mapping. */
    record Tally(int opened, int alive, int reset, int stuck, int sameMapping) {
        static Tally all(int count, int sameMapping) {
            return new Tally(count, count, 0, 0, sameMapping);
        }
    }

    static Report parse(String text) {
        Properties values = new Properties();
        try {
            values.load(new StringReader(text));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Report(
                tally(values, "tcp4."),
                tally(values, "tcp6."),
                tally(values, "udp4."),
                tally(values, "udp6."),
                number(values, "line"),
                number(values, "longestSilenceMs"),
                values.getProperty("broken", ""));
    }

    private static Tally tally(Properties values, String prefix) {
        return new Tally(
                number(values, prefix + "opened"),
                number(values, prefix + "alive"),
                number(values, prefix + "reset"),
                number(values, prefix + "stuck"),
                number(values, prefix + "sameMapping"));
    }

    private static int number(Properties values, String key) {
        String value = values.getProperty(key);
        if (value == null) {
            throw new IllegalStateException("the client's report lacks " + key + ": " + values);
        }
        return Integer.parseInt(value);
    }
}
