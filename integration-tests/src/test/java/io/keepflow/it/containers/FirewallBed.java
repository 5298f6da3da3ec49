package io.keepflow.it.containers;

import static org.awaitility.Awaitility.await;

import io.keepflow.it.containers.Machine.Plug;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.testcontainers.images.builder.Transferable;

/**
 * Client, two firewalls and server in containers on three bridge networks; everything is gone on {@link #close()}.
 *
 * <pre>client ── lan ──┬ fw1 ┬── wan ── server      with fw1 ── sync ── fw2
 *                 └ fw2 ┘</pre>
 *
 * The firewalls share a virtual address on each side (VRRPv3, 100 ms), drop by default and translate the source.
 */
final class FirewallBed implements AutoCloseable {
    private static final int SERVER_PORT = 7007;
    private static final int END = 10;
    private static final int VIRTUAL = 100;
    private static final int KEY_MODE = 0100600;
    private static final Duration READY_WITHIN = Duration.ofSeconds(60);
    private static final Duration REPORT_EVERY = Duration.ofMillis(200);
    private static final String REPORT = "/tmp/report";
    private static final Pattern ROLE = Pattern.compile("\"role\"\\s*:\\s*\"(\\w+)\"");

    private static final Map<String, String> ROUTER_SYSCTLS = Map.of(
            "net.ipv4.ip_forward", "1",
            "net.ipv6.conf.all.forwarding", "1",
            "net.netfilter.nf_conntrack_events", "1",
            "net.netfilter.nf_conntrack_tcp_loose", "0");

    private final String image;
    private final Path logs;
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final BridgeNetwork lan;
    private final BridgeNetwork wan;
    private final BridgeNetwork sync;
    private final Machine client;
    private final Machine server;
    private final List<Machine> firewalls;

    /** Who replicates, and how. */
    enum Replication {
        /** No node runs: the control that proves the bed honest. */
        NONE,
        /** Nodes that find each other by multicast. */
        MULTICAST,
        /** Nodes that know each other by a list in the configuration. */
        STATIC_MEMBERS
    }

    private FirewallBed(String image, Replication replication, Path logs) {
        this.image = image;
        this.logs = logs;
        Random random = new Random();
        try {
            lan = own(BridgeNetwork.create(random));
            wan = own(BridgeNetwork.create(random));
            sync = own(BridgeNetwork.create(random));
            client = end("client", lan, "sleep", "infinity").withKit("conversations.py");
            server = end("server", wan, "python3", "/kit/echo.py", Integer.toString(SERVER_PORT))
                    .withKit("echo.py");
            client.start();
            server.start();
            String key = replication == Replication.NONE ? "" : newKey();
            firewalls = List.of(firewall(1, replication, key), firewall(2, replication, key));
            firewalls.forEach(Machine::start);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Starts everything and waits until one firewall is active and, with replication, both nodes are healthy. */
    static FirewallBed start(NodeImage image, Replication replication, Path logs) {
        FirewallBed bed = new FirewallBed(image.name(), replication, logs);
        try {
            await("one firewall active").atMost(READY_WITHIN).until(() -> bed.activeCount() == 1);
            if (replication != Replication.NONE) {
                bed.awaitHealthy();
            }
            bed.routeThroughVirtualAddresses();
        } catch (RuntimeException e) {
            bed.close();
            throw e;
        }
        return bed;
    }

    private <T extends AutoCloseable> T own(T part) {
        parts.push(part);
        return part;
    }

    private Machine end(String title, BridgeNetwork network, String... command) {
        return own(new Machine(title, image, Map.of(), List.of(new Plug(network, END)), command));
    }

    private Machine firewall(int number, Replication replication, String key) {
        int host = number + 1;
        List<Plug> plugs = List.of(new Plug(lan, host), new Plug(wan, host), new Plug(sync, host));
        Machine firewall = own(new Machine("fw" + number, image, ROUTER_SYSCTLS, plugs, "/bin/sh", "/kit/firewall.sh"))
                .withKit("firewall.sh")
                .withKit("firewall.nft")
                .withKit("keepalived.conf")
                .withKit("keepflow.toml")
                .withCopyToContainer(
                        Transferable.of(key.getBytes(StandardCharsets.UTF_8), KEY_MODE), "/etc/keepflow/cluster.key");
        environment(number, replication).forEach(firewall::withEnv);
        return firewall;
    }

    private Map<String, String> environment(int number, Replication replication) {
        int host = number + 1;
        return Map.ofEntries(
                Map.entry("NODE", "fw" + number),
                Map.entry("PRIORITY", Integer.toString(200 - 50 * number)),
                Map.entry("REPLICATION", replication.name()),
                Map.entry("LAN_ADDRESS", lan.address(host)),
                Map.entry("WAN_ADDRESS", wan.address(host)),
                Map.entry("SYNC_ADDRESS", sync.address(host)),
                Map.entry("SYNC_PEER", sync.address(number == 1 ? host + 1 : host - 1)),
                Map.entry("LAN_VIP", lan.address(VIRTUAL)),
                Map.entry("WAN_VIP", wan.address(VIRTUAL)),
                Map.entry("LAN_VIP6", lan.address6(VIRTUAL)),
                Map.entry("WAN_VIP6", wan.address6(VIRTUAL)));
    }

    private String newKey() {
        client.run("keepflow", "keygen", "/tmp/cluster.key");
        return client.run("cat", "/tmp/cluster.key");
    }

    private void routeThroughVirtualAddresses() {
        client.run("ip", "route", "replace", wan.subnet(), "via", lan.address(VIRTUAL));
        client.run("ip", "route", "replace", wan.subnet6(), "via", lan.address6(VIRTUAL));
    }

    /** Opens this many TCP connections and UDP conversations over each IP version, and waits until all have an answer. */
    void converse(int tcp, int udp) {
        String command = "exec python3 /kit/conversations.py %s %d %d %d %s %s >/tmp/conversations.log 2>&1 &"
                .formatted(REPORT, SERVER_PORT, tcp, udp, wan.address(END), wan.address6(END));
        client.run("sh", "-c", command + " echo $! >/tmp/conversations.pid");
        await("every conversation answered").atMost(READY_WITHIN).until(() -> {
            if (!client.succeeds("test", "-e", REPORT)) {
                return false;
            }
            Report report = report();
            return report.tcp4().alive() + report.tcp6().alive() == 2 * tcp
                    && report.udp4().alive() + report.udp6().alive() == 2 * udp;
        });
    }

    /** Draws the line: what the client reports from here on counts only answers to what it sent after this call. */
    void drawLine() {
        int before = report().linesDrawn();
        client.run("sh", "-c", "kill -USR1 $(cat /tmp/conversations.pid)");
        await("the line drawn").atMost(READY_WITHIN).until(() -> report().linesDrawn() > before);
    }

    /** The client's report once every conversation was answered or broken since the line, or the time for it is over. */
    Report verdict(Duration within) {
        long deadline = System.nanoTime() + within.toNanos();
        Report report = report();
        while (undecided(report) && System.nanoTime() < deadline) {
            LockSupport.parkNanos(REPORT_EVERY.toNanos());
            report = report();
        }
        keep("verdict-" + report.linesDrawn(), report.toString());
        return report;
    }

    private static boolean undecided(Report report) {
        return report.tcp4().stuck()
                        + report.tcp6().stuck()
                        + report.udp4().stuck()
                        + report.udp6().stuck()
                > 0;
    }

    Report report() {
        return Report.parse(client.run("cat", REPORT));
    }

    private long activeCount() {
        return firewalls.stream().filter(this::isActive).count();
    }

    private boolean isActive(Machine firewall) {
        return firewall.isRunning()
                && List.of(lan, wan).stream()
                        .flatMap(network -> List.of(network.address(VIRTUAL), network.address6(VIRTUAL)).stream())
                        .noneMatch(address -> firewall.run("ip", "-o", "addr", "show", "to", address)
                                .isBlank());
    }

    /** The firewall that holds all virtual addresses. */
    Machine active() {
        return firewalls.stream().filter(this::isActive).findFirst().orElseThrow();
    }

    /** The firewall that holds none. */
    Machine standby() {
        return firewalls.stream()
                .filter(firewall -> !isActive(firewall))
                .findFirst()
                .orElseThrow();
    }

    /** Waits until both nodes call themselves healthy, in the roles that their firewalls have. */
    void awaitHealthy() {
        await("both nodes healthy")
                .atMost(READY_WITHIN)
                .until(() -> firewalls.stream()
                        .allMatch(firewall -> firewall.succeeds("keepflow", "status")
                                && role(firewall).equals(isActive(firewall) ? "active" : "standby")));
    }

    private static String role(Machine firewall) {
        Matcher role = ROLE.matcher(firewall.run("sh", "-c", "keepflow status -o json || true"));
        return role.find() ? role.group(1) : "none";
    }

    /** Waits until a firewall's kernel holds at least so many flows towards the server, the TCP ones established. */
    void awaitFlows(Machine firewall, int tcp, int udp) {
        await("flows in the kernel of " + firewall.title())
                .atMost(READY_WITHIN)
                .until(() -> flows(firewall, "tcp --state ESTABLISHED") >= tcp && flows(firewall, "udp") >= udp);
    }

    private static long flows(Machine firewall, String protocol) {
        String list = "conntrack -L -f %s -p " + protocol + " --orig-port-dst " + SERVER_PORT + " 2>/dev/null;";
        return firewall.run("sh", "-c", list.formatted("ipv4") + list.formatted("ipv6"))
                .lines()
                .count();
    }

    /** Writes every container's log, then removes all parts, the youngest first. */
    @Override
    public void close() {
        for (AutoCloseable part : parts) {
            if (part instanceof Machine machine && machine.getContainerId() != null) {
                keep(machine.title(), machine.getLogs());
            }
        }
        RuntimeException failure = new IllegalStateException("the bed could not be taken down");
        while (!parts.isEmpty()) {
            try {
                parts.pop().close();
            } catch (Exception e) {
                failure.addSuppressed(e);
            }
        }
        if (failure.getSuppressed().length > 0) {
            throw failure;
        }
    }

    private void keep(String title, String text) {
        try {
            Files.createDirectories(logs);
            Files.writeString(logs.resolve(title + ".log"), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
