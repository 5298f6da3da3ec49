package io.keepflow.it.lab;

import io.keepflow.node.testkit.NetworkNamespace;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Many established, translated TCP flows that nobody sends on: the table of a busy firewall, put there by the conntrack tool. */
public final class BackgroundFlows {
    private static final int TIMEOUT_SECONDS = 7200;
    private static final int SERVERS_PER_CLIENT = 250;
    /** So many clients these flows come from; each has a network of servers, 10.2.CLIENT.0/24. */
    public static final int CLIENTS = 250;

    private static final int FIRST_PORT = 1024;
    private static final int PORTS = 60_000;
    private static final int ONE_IN_IPV6 = 4;

    private BackgroundFlows() {}

    /**
     * Puts {@code count} flows, one in four of them IPv6, into the firewall's kernel.
     *
     * @param first number of the first of these flows; equal numbers are equal flows
     */
    public static void create(Firewall firewall, int first, int count) throws IOException {
        Path file = firewall.directory().resolve("background-flows.txt");
        try (BufferedWriter lines = Files.newBufferedWriter(file)) {
            for (int i = first; i < first + count; i++) {
                lines.write(line(i));
            }
        }
        NetworkNamespace namespace = firewall.namespace();
        namespace.exec("conntrack", "--load-file", file.toString());
        Files.delete(file);
    }

    private static String line(int i) {
        int server = i % SERVERS_PER_CLIENT + 1;
        int client = i / SERVERS_PER_CLIENT % CLIENTS + 1;
        int network = i / (SERVERS_PER_CLIENT * CLIENTS) + 1;
        boolean v6 = i % ONE_IN_IPV6 == 0;
        String source = v6 ? "fd00:1:" + network + "::" + client : "10.1." + network + "." + client;
        String target = v6 ? "fd00:2:" + client + "::" + server : "10.2." + client + "." + server;
        String virtual = (v6 ? Family.IPV6 : Family.IPV4).serverVirtual();
        return "--create --orig-src %s --orig-dst %s --protonum tcp --sport %d --dport 443 --state ESTABLISHED --status SEEN_REPLY,ASSURED --timeout %d --src-nat %s\n"
                .formatted(source, target, FIRST_PORT + i % PORTS, TIMEOUT_SECONDS, virtual);
    }
}
