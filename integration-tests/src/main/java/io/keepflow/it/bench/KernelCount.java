package io.keepflow.it.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** How many entries the kernel counts in a namespace, read without starting a process. */
final class KernelCount {
    private static final Path COUNT = Path.of("/proc/sys/net/netfilter/nf_conntrack_count");

    private KernelCount() {}

    /** In the calling thread's namespace. */
    static long here() throws IOException {
        byte[] text = new byte[32];
        try (InputStream count = Files.newInputStream(COUNT)) {
            return Long.parseLong(new String(text, 0, count.read(text), StandardCharsets.US_ASCII).strip());
        }
    }
}
