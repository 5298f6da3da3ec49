package io.keepflow.it.lab;

import io.keepflow.node.testkit.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A cluster of firewalls between a client and a server, in namespaces of this machine; gone on {@link #close()}, or at the
 * latest when the next lab opens.
 *
 * <p>Labs do not know each other: several may run at the same time.
 */
public final class Lab implements AutoCloseable {
    private static final Map<String, String> FIREWALL_SYSCTLS = Map.of(
            "net/ipv4/ip_forward", "1",
            "net/ipv6/conf/all/forwarding", "1",
            "net/netfilter/nf_conntrack_tcp_loose", "0",
            "net/netfilter/nf_conntrack_events", "1");
    private static final Duration ELECTION_LIMIT = Duration.ofSeconds(30);

    private final LabDirectory directory;
    private final NetworkNamespace client;
    private final NetworkNamespace server;
    private final List<Firewall> firewalls = new ArrayList<>();
    private boolean closed;

    private Lab(LabPlan plan, LabDirectory directory) throws Exception {
        this.directory = directory;
        Network network = new Network(directory.name());
        this.client = network.host("client");
        this.server = network.host("server");
        network.connect(client, "client", Network.Link.CLIENT_LAN, addresses(Family::client));
        network.connect(server, "server", Network.Link.SERVER_LAN, addresses(Family::server));
        for (Family family : Family.values()) {
            client.exec("ip", "route", "add", "default", "via", family.clientVirtual());
        }
        for (int i = 1; i <= plan.firewalls(); i++) {
            firewalls.add(firewall(network, i, plan));
        }
        directory.reserve(plan.tableSize(), plan.firewalls());
    }

    /** Builds the lab; removes what crashed runs left behind first. Nothing runs in it yet. */
    public static Lab open(LabPlan plan) throws Exception {
        Prerequisites.require();
        LabDirectory directory = LabDirectory.create();
        try {
            return new Lab(plan, directory);
        } catch (Exception e) {
            directory.remove();
            throw e;
        }
    }

    /** Removes what crashed runs left behind. */
    public static void sweep() throws Exception {
        LabDirectory.sweep();
    }

    public NetworkNamespace client() {
        return client;
    }

    public NetworkNamespace server() {
        return server;
    }

    public List<Firewall> firewalls() {
        return List.copyOf(firewalls);
    }

    /** The firewall of that number, counted from one. */
    public Firewall firewall(int index) {
        return firewalls.get(index - 1);
    }

    /** Waits until exactly one of {@code candidates} holds the virtual addresses, and returns it. */
    public Firewall awaitMaster(List<Firewall> candidates) throws Exception {
        List<Firewall> masters = new ArrayList<>();
        Poll.until("one master among " + names(candidates), ELECTION_LIMIT, () -> {
            masters.clear();
            for (Firewall candidate : candidates) {
                if (candidate.isMaster()) {
                    masters.add(candidate);
                }
            }
            return masters.size() == 1;
        });
        return masters.getFirst();
    }

    /** All firewalls but one. */
    public List<Firewall> othersThan(Firewall excluded) {
        return firewalls.stream().filter(firewall -> firewall != excluded).toList();
    }

    /** Stops keepalived and everything else in the namespaces, and removes them. */
    @Override
    public synchronized void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        firewalls.forEach(Firewall::close);
        keepLogs();
        directory.remove();
    }

    private Firewall firewall(Network network, int index, LabPlan plan) throws Exception {
        String role = "fw" + index;
        NetworkNamespace namespace = network.host(role);
        List<Network.Cable> cables = List.of(
                network.connect(namespace, role, Network.Link.CLIENT_LAN, addresses(f -> f.clientSide(index))),
                network.connect(namespace, role, Network.Link.SERVER_LAN, addresses(f -> f.serverSide(index))),
                network.connect(namespace, role, Network.Link.SYNC, addresses(f -> f.sync(index))));
        Path files = Files.createDirectory(directory.path().resolve(role));
        Path rules = files.resolve("rules.nft");
        Files.writeString(rules, Ruleset.text());
        namespace.exec("nft", "--file", rules.toString());
        Map<String, String> all = new LinkedHashMap<>(FIREWALL_SYSCTLS);
        all.putAll(plan.firewallSysctls());
        Network.setSysctls(namespace, all);
        return new Firewall(index, namespace, files, cables, plan);
    }

    private void keepLogs() throws IOException {
        @Nullable String target = System.getProperty("keepflow.lab.logs");
        if (target == null) {
            return;
        }
        Path kept = Files.createDirectories(Path.of(target, directory.name()));
        for (Firewall firewall : firewalls) {
            try (Stream<Path> files = Files.list(firewall.directory())) {
                for (Path log :
                        files.filter(file -> file.toString().endsWith(".log")).toList()) {
                    Path copy = kept.resolve(firewall.name() + "-" + log.getFileName());
                    Files.copy(log, copy, StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
    }

    private static List<String> addresses(AddressOf addressOf) {
        return Stream.of(Family.values())
                .map(family -> family.withLength(addressOf.in(family)))
                .toList();
    }

    private static List<String> names(List<Firewall> firewalls) {
        return firewalls.stream().map(Firewall::name).toList();
    }

    @FunctionalInterface
    private interface AddressOf {
        String in(Family family);
    }
}
