package io.keepflow.it.demo;

import java.util.List;

/**
 * The demo's command line.
 *
 * @param flows background flows to put into the table first
 * @param json whether the result goes to standard output as JSON
 * @param columns the replications to run the scenario with, one after the other
 */
record Options(int flows, boolean json, List<Column> columns) {
    private static final int MAX_FLOWS = 2_000_000;

    static Options parse(String... args) {
        int flows = 0;
        boolean json = false;
        List<Column> columns = List.of(Column.KEEPFLOW);
        for (int i = 0; i < args.length; i++) {
            switch (args[i]) {
                case "--flows" -> flows = flows(value(args, ++i));
                case "--json" -> json = true;
                case "--versus" -> columns = versus(value(args, ++i));
                case "--with" -> columns = List.of(Column.named(value(args, ++i)));
                default -> throw new IllegalArgumentException("unknown option " + args[i] + "; see ./demo --help");
            }
        }
        return new Options(flows, json, columns);
    }

    private static String value(String[] args, int i) {
        if (i >= args.length) {
            throw new IllegalArgumentException(args[i - 1] + " needs a value; see ./demo --help");
        }
        return args[i];
    }

    private static int flows(String text) {
        try {
            int flows = Integer.parseInt(text);
            if (flows >= 0 && flows <= MAX_FLOWS) {
                return flows;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("--flows needs a number, not " + text, e);
        }
        throw new IllegalArgumentException("--flows takes 0 to " + MAX_FLOWS + ", not " + text);
    }

    private static List<Column> versus(String rival) {
        if (!rival.equals("conntrackd")) {
            throw new IllegalArgumentException("--versus knows conntrackd, not " + rival);
        }
        return List.of(Column.KEEPFLOW, Column.CONNTRACKD, Column.CONNTRACKD_DIRECT);
    }
}
