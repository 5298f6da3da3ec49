package io.keepflow.it.lab;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The machine's limits of tracked flows: how many each namespace may have, and the hash buckets that all namespaces share (where
 * they are too few, the kernel refuses flows whose chain is too long). They can be set only in the initial namespace, so the labs
 * share them: the first that needs more notes what there was, and the last that ends puts it back. Callers hold the labs' lock.
 */
enum ConntrackLimits {
    MAX("nf_conntrack_max", "conntrack-max"),
    BUCKETS("nf_conntrack_buckets", "conntrack-buckets");

    private static final long HEADROOM = 20_000;

    private final Path limit;
    private final String note;

    ConntrackLimits(String sysctl, String note) {
        this.limit = Path.of("/proc/sys/net/netfilter", sysctl);
        this.note = note;
    }

    /** Room for {@code flows} in each of {@code tables}, with a bucket for each. */
    static void raise(long flows, int tables, Path labs) throws IOException {
        MAX.raise(flows + HEADROOM, labs);
        BUCKETS.raise(flows * tables, labs);
    }

    static void restoreAll(Path labs) throws IOException {
        for (ConntrackLimits limit : values()) {
            limit.restore(labs);
        }
    }

    private void raise(long wanted, Path labs) throws IOException {
        String before = read();
        if (Long.parseLong(before) >= wanted) {
            return;
        }
        Path noted = labs.resolve(note);
        if (!Files.exists(noted)) {
            Files.writeString(noted, before);
        }
        try {
            Files.writeString(limit, Long.toString(wanted));
        } catch (IOException e) {
            throw new IOException(
                    "cannot raise " + limit + " to " + wanted + ": needs root in the initial network namespace", e);
        }
    }

    private void restore(Path labs) throws IOException {
        Path noted = labs.resolve(note);
        if (Files.exists(noted)) {
            Files.writeString(limit, Files.readString(noted));
            Files.delete(noted);
        }
    }

    // A sysctl answers only the first read of an open file, and Files.readString begins with a read of one byte.
    private String read() throws IOException {
        byte[] text = new byte[32];
        try (InputStream sysctl = Files.newInputStream(limit)) {
            return new String(text, 0, sysctl.read(text), StandardCharsets.US_ASCII).strip();
        }
    }
}
