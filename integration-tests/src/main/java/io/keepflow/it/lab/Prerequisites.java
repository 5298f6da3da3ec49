package io.keepflow.it.lab;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What a lab needs of the machine: root, and a few tools. */
final class Prerequisites {
    private static final List<String> TOOLS = List.of("ip", "nft", "conntrack", "keepalived", "mkfifo");
    private static final List<String> DIRECTORIES =
            List.of("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin");

    private Prerequisites() {}

    static void require() {
        if (!Files.isWritable(Path.of("/proc/sys/net/ipv4/ip_forward"))) {
            throw new IllegalStateException(
                    "the lab makes network namespaces and needs root: run it as root, as in: sudo ./verify");
        }
        List<String> missing = new ArrayList<>();
        for (String tool : TOOLS) {
            if (DIRECTORIES.stream().noneMatch(directory -> Files.isExecutable(Path.of(directory, tool)))) {
                missing.add(tool);
            }
        }
        if (!missing.isEmpty()) {
            throw new IllegalStateException("the lab needs " + missing
                    + ": apt install iproute2 nftables conntrack keepalived (./verify does it by itself)");
        }
    }
}
