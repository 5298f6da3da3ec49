package io.keepflow.node.cli;

import java.io.BufferedWriter;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.function.IntSupplier;

/**
 * Where a command writes. {@code out} reports write errors, which the standard print streams hide; the width is asked for only by
 * what is laid out to it.
 */
record Terminal(Writer out, PrintWriter err, IntSupplier width, boolean colour) {
    static Terminal system() {
        String noColour = System.getenv("NO_COLOR");
        boolean colour = (noColour == null || noColour.isEmpty())
                && !"dumb".equals(System.getenv("TERM"))
                && TerminalWidth.isStandardOutputTerminal();
        return of(
                new FileOutputStream(FileDescriptor.out),
                new FileOutputStream(FileDescriptor.err),
                TerminalWidth::ofStandardOutput,
                colour);
    }

    static Terminal of(OutputStream out, OutputStream err, IntSupplier width, boolean colour) {
        return new Terminal(
                new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8), 1 << 14),
                new PrintWriter(new OutputStreamWriter(err, StandardCharsets.UTF_8), true),
                width,
                colour);
    }

    /** Columns now; 0 when the output is no terminal. */
    int columns() {
        return width.getAsInt();
    }
}
