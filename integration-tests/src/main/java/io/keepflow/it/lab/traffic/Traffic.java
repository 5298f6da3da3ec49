package io.keepflow.it.lab.traffic;

import io.keepflow.it.lab.Family;
import io.keepflow.it.lab.Lab;
import io.keepflow.it.lab.Poll;
import io.keepflow.node.testkit.NetworkNamespace;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Live traffic through a lab's firewalls, from {@link #open} to {@link #close}. */
public final class Traffic implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(10);
    private static final Duration END_LIMIT = Duration.ofSeconds(5);

    private final EchoServer server;
    private final Thread serverThread;
    private final TrafficClient client;
    private final Thread clientThread;
    private final NetworkNamespace clientHost;

    private Traffic(
            EchoServer server,
            Thread serverThread,
            TrafficClient client,
            Thread clientThread,
            NetworkNamespace clientHost) {
        this.clientHost = clientHost;
        this.server = server;
        this.serverThread = serverThread;
        this.client = client;
        this.clientThread = clientThread;
    }

    /** Opens all conversations and waits until each has been answered. */
    public static Traffic open(Lab lab, TrafficPlan plan) throws Exception {
        EchoServer server = lab.server().call(EchoServer::new);
        Thread serverThread = daemonThread("echo-server", server);
        try {
            TrafficClient client = lab.client().call(() -> new TrafficClient(plan, server));
            Traffic traffic = new Traffic(server, serverThread, client, daemonThread("traffic", client), lab.client());
            traffic.awaitAllAlive(START_LIMIT);
            return traffic;
        } catch (Exception e) {
            server.close();
            throw e;
        }
    }

    /** Starts a new measurement: only what is sent from now on proves life, so call it right after the failure. */
    public void mark() throws InterruptedException {
        client.mark();
    }

    /** What has been noticed since the mark, as of now. */
    public TrafficReport report() {
        long now = System.nanoTime();
        Map<Family, TrafficReport.Tcp> tcp = new EnumMap<>(Family.class);
        Map<Family, TrafficReport.Udp> udp = new EnumMap<>(Family.class);
        for (Family family : Family.values()) {
            tcp.put(family, tcp(family, now));
            udp.put(family, udp(family, now));
        }
        return new TrafficReport(tcp, udp);
    }

    /** Waits until every conversation has been answered since the mark. */
    public void awaitAllAlive(Duration limit) throws Exception {
        Poll.until("all conversations answered", limit, () -> allAlive(report()));
    }

    /** Opens so many more TCP connections each second, to the same server; they are short. */
    public ShortConnections openShort(int perSecond) throws IOException {
        ShortConnections connections = new ShortConnections(List.of(Family.values()), server.tcpPort(), perSecond);
        var _ = clientHost.start(connections);
        return connections;
    }

    /** Source ports of the UDP conversations of a family, as the client sends them. */
    public List<Integer> udpSourcePorts(Family family) {
        return client.udp().stream()
                .filter(conversation -> conversation.family() == family)
                .map(UdpConversation::sourcePort)
                .toList();
    }

    /** Why conversations ended before their time, each reason once. */
    public List<String> failures() {
        List<Conversation> all = new ArrayList<>(client.tcp());
        all.addAll(client.udp());
        return all.stream()
                .<@Nullable String>map(Conversation::failure)
                .filter(failure -> failure != null)
                .map(String::valueOf)
                .distinct()
                .toList();
    }

    /** Closes all sockets, the TCP connections in the orderly way. */
    @Override
    public void close() {
        try {
            client.close();
            clientThread.join(END_LIMIT);
            server.close();
            serverThread.join(END_LIMIT);
        } catch (InterruptedException e) {
            server.close();
            Thread.currentThread().interrupt();
        }
    }

    private TrafficReport.Tcp tcp(Family family, long now) {
        int opened = 0;
        int alive = 0;
        int reset = 0;
        long silenceMs = 0;
        for (TcpConversation conversation : client.tcp()) {
            if (conversation.family() == family) {
                opened++;
                alive += conversation.isAlive(now) ? 1 : 0;
                reset += conversation.failure() != null ? 1 : 0;
                silenceMs = Math.max(silenceMs, conversation.longestSilenceMs(now));
            }
        }
        return new TrafficReport.Tcp(opened, alive, reset, opened - alive - reset, silenceMs);
    }

    private TrafficReport.Udp udp(Family family, long now) {
        int opened = 0;
        int alive = 0;
        int same = 0;
        long silenceMs = 0;
        for (UdpConversation conversation : client.udp()) {
            if (conversation.family() == family) {
                opened++;
                boolean isAlive = conversation.isAlive(now);
                alive += isAlive ? 1 : 0;
                same += isAlive && conversation.keptMapping() ? 1 : 0;
                silenceMs = Math.max(silenceMs, conversation.longestSilenceMs(now));
            }
        }
        return new TrafficReport.Udp(opened, alive, same, silenceMs);
    }

    private static boolean allAlive(TrafficReport report) {
        return report.tcp().values().stream().allMatch(r -> r.alive() == r.opened())
                && report.udp().values().stream().allMatch(r -> r.alive() == r.opened());
    }

    // The sockets are open, each in its namespace: the threads that use them may be anywhere.
    private static Thread daemonThread(String name, Runnable task) {
        return Thread.ofPlatform().daemon().name(name).start(task);
    }
}
