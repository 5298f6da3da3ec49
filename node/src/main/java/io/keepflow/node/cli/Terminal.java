package io.keepflow.node.cli;

import java.io.BufferedWriter;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;

/**
 * Where a command writes. {@code out} reports write errors, which the standard print streams hide; {@code columns} is 0
 * when the output is no terminal.
 */
record Terminal(Writer out, PrintWriter err, int columns, boolean colour) {
    static Terminal system() {
        int columns = TerminalWidth.ofStandardOutput();
        String noColour = System.getenv("NO_COLOR");
        boolean colour =
                columns > 0 && (noColour == null || noColour.isEmpty()) && !"dumb".equals(System.getenv("TERM"));
        return of(new FileOutputStream(FileDescriptor.out), new FileOutputStream(FileDescriptor.err), columns, colour);
    }

    static Terminal of(OutputStream out, OutputStream err, int columns, boolean colour) {
        return new Terminal(
                new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8), 1 << 14),
                new PrintWriter(new OutputStreamWriter(err, StandardCharsets.UTF_8), true),
                columns,
                colour);
    }
}
