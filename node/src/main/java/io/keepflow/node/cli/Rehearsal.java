package io.keepflow.node.cli;

import java.util.List;

/** Runs the commands that are asked most in one process, for the start cache that is made of what it loads. */
final class Rehearsal {
    private Rehearsal() {}

    /** The one argument is the control socket of a node. */
    public static void main(String[] args) {
        String socket = args[0];
        List<String[]> lines = List.of(
                new String[] {"status", "--socket", socket},
                new String[] {"status", "-o", "json", "--socket", socket},
                // The equals sign makes it the parser's.
                new String[] {"status", "--socket=" + socket},
                new String[] {"flows", "--socket", socket});
        for (String[] line : lines) {
            Main.ofThisProcess().execute(line);
        }
    }
}
