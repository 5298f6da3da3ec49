package io.keepflow.it.lab;

import io.keepflow.node.testkit.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One firewall of the cluster: a namespace with a leg in both networks and one on the sync link, rules and keepalived. */
public final class Firewall {
    private final int index;
    private final NetworkNamespace namespace;
    private final Path directory;
    private final List<Network.Cable> cables;
    private final LabPlan plan;
    private final SyncLink syncLink;
    private @Nullable Daemon keepalived;

    Firewall(int index, NetworkNamespace namespace, Path directory, List<Network.Cable> cables, LabPlan plan) {
        this.index = index;
        this.namespace = namespace;
        this.directory = directory;
        this.cables = List.copyOf(cables);
        this.plan = plan;
        this.syncLink = new SyncLink(this);
    }

    /** As in {@code fw1}: unique in the lab only. */
    public String name() {
        return "fw" + index;
    }

    /** Counts from one; the first is preferred as master when all start. */
    public int index() {
        return index;
    }

    public NetworkNamespace namespace() {
        return namespace;
    }

    /** Where its configurations, sockets and logs are. */
    public Path directory() {
        return directory;
    }

    /** keepalived's notify_fifo. */
    public Path notifyFifo() {
        return directory.resolve("vrrp.fifo");
    }

    public String syncDevice() {
        return Network.Link.SYNC.device();
    }

    /** Starts keepalived, which calls {@code notifyScript} (if any) with master, backup or fault on each change. */
    public void startKeepalived(@Nullable Path notifyScript) throws IOException {
        if (!Files.exists(notifyFifo())) {
            NetworkNamespace.run("mkfifo", "-m", "600", notifyFifo().toString());
        }
        keepalived = new Keepalived(this, plan).start(notifyScript);
    }

    /** Whether it holds all virtual addresses. */
    public boolean isMaster() throws IOException, InterruptedException {
        return holds(true, true);
    }

    /** Whether it is the client's gateway. */
    public boolean isClientsGateway() throws IOException, InterruptedException {
        return holds(true, false);
    }

    /** Whether it is where the server's answers go. */
    public boolean isServersGateway() throws IOException, InterruptedException {
        return holds(false, true);
    }

    private boolean holds(boolean clientSide, boolean serverSide) throws IOException, InterruptedException {
        Daemon running = keepalived;
        if (running == null) {
            return false;
        }
        running.requireAlive();
        String addresses = Command.output("ip", "-netns", namespace.name(), "-oneline", "address", "show");
        for (Family family : Family.values()) {
            if ((clientSide && !addresses.contains(" " + family.withLength(family.clientVirtual()) + " "))
                    || (serverSide && !addresses.contains(" " + family.withLength(family.serverVirtual()) + " "))) {
                return false;
            }
        }
        return true;
    }

    /** How many times it has become master since its keepalived was first started. */
    public long masterships() throws IOException {
        try (Stream<String> lines = Files.lines(directory.resolve(Keepalived.LOG))) {
            return lines.filter(line -> line.contains("(lan4) Entering MASTER STATE"))
                    .count();
        }
    }

    /** Pulls all cables at once: both networks and the sync link. */
    public void cut() throws IOException {
        setCables(cables, "down");
    }

    /** Pulls the cables of both networks; the sync link stays. */
    public void cutNetworks() throws IOException {
        setCables(cables.stream().filter(cable -> !isSync(cable)).toList(), "down");
    }

    /** Pulls the cable of the sync link only. */
    public void cutSyncLink() throws IOException {
        setCables(cables.stream().filter(this::isSync).toList(), "down");
    }

    /** Its end of the sync link. */
    public SyncLink syncLink() {
        return syncLink;
    }

    /** Plugs all cables in again. */
    public void reconnect() throws IOException {
        setCables(cables, "up");
    }

    /** Everything that only runs is gone: keepalived, what it remembered, and the kernel's table. The node is not its to end. */
    public void losePower() throws IOException {
        close();
        keepalived = null;
        Files.deleteIfExists(directory.resolve(notifyFifo().getFileName() + ".states"));
        namespace.exec("conntrack", "--flush");
    }

    /** Number of flows in its kernel's table. */
    public long flowCount() throws IOException, InterruptedException {
        return Long.parseLong(Command.output("ip", "netns", "exec", namespace.name(), "conntrack", "--count")
                .strip());
    }

    /** The flows that pass through the firewall, as its kernel has them now. */
    public FlowDump flows() throws IOException {
        return FlowDump.of(namespace);
    }

    void close() {
        Daemon running = keepalived;
        if (running != null) {
            running.close();
        }
    }

    private boolean isSync(Network.Cable cable) {
        return cable.port().endsWith(syncDevice());
    }

    private void setCables(List<Network.Cable> which, String state) throws IOException {
        StringBuilder batch = new StringBuilder();
        for (Network.Cable cable : which) {
            batch.append("link set ")
                    .append(cable.port())
                    .append(' ')
                    .append(state)
                    .append('\n');
        }
        Path file = directory.resolve("cables-" + state + ".batch");
        Files.writeString(file, batch);
        NetworkNamespace.run("ip", "-netns", cables.getFirst().bridges().name(), "-batch", file.toString());
    }
}
