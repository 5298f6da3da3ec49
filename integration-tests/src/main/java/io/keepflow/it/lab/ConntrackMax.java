package io.keepflow.it.lab;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The machine's limit of tracked flows per namespace. It can be set only in the initial namespace, so the labs share it: the
 * first that needs more notes what there was, and the last that ends puts it back. Callers hold the labs' lock.
 */
final class ConntrackMax {
    private static final Path LIMIT = Path.of("/proc/sys/net/netfilter/nf_conntrack_max");
    private static final String NOTE = "conntrack-max";
    private static final long HEADROOM = 20_000;

    private ConntrackMax() {}

    static void raise(long flows, Path labs) throws IOException {
        long wanted = flows + HEADROOM;
        String before = read();
        if (Long.parseLong(before) >= wanted) {
            return;
        }
        Path note = labs.resolve(NOTE);
        if (!Files.exists(note)) {
            Files.writeString(note, before);
        }
        try {
            Files.writeString(LIMIT, Long.toString(wanted));
        } catch (IOException e) {
            throw new IOException(
                    "cannot raise " + LIMIT + " to " + wanted + ": needs root in the initial network namespace", e);
        }
    }

    static void restore(Path labs) throws IOException {
        Path note = labs.resolve(NOTE);
        if (Files.exists(note)) {
            Files.writeString(LIMIT, Files.readString(note));
            Files.delete(note);
        }
    }

    // A sysctl answers only the first read of an open file, and Files.readString begins with a read of one byte.
    private static String read() throws IOException {
        byte[] text = new byte[32];
        try (InputStream limit = Files.newInputStream(LIMIT)) {
            return new String(text, 0, limit.read(text), StandardCharsets.US_ASCII).strip();
        }
    }
}
