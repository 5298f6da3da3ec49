package io.keepflow.it.lab.traffic;

import io.keepflow.it.lab.Family;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Holds all conversations of the client and drives them. One thread. */
final class TrafficClient implements Runnable, AutoCloseable {
    private static final long MAX_SELECT_MS = 10;

    private final Selector selector = Selector.open();
    private final List<TcpConversation> tcp = new ArrayList<>();
    private final List<UdpConversation> udp = new ArrayList<>();
    private volatile boolean closed;
    private volatile boolean markRequested;

    /** Opens the conversations in the calling thread's namespace, their first messages spread over one interval. */
    TrafficClient(TrafficPlan plan, EchoServer server) throws IOException {
        long now = System.nanoTime();
        for (Family family : plan.families()) {
            InetSocketAddress tcpServer = new InetSocketAddress(family.server(), server.tcpPort());
            InetSocketAddress udpServer = new InetSocketAddress(family.server(), server.udpPort());
            for (int i = 0; i < plan.tcp(); i++) {
                long first = now + part(plan.tcpInterval(), i, plan.tcp());
                tcp.add(TcpConversation.open(family, tcpServer, plan.tcpInterval(), first, selector));
            }
            for (int i = 0; i < plan.udp(); i++) {
                long first = now + part(plan.udpInterval(), i, plan.udp());
                udp.add(UdpConversation.open(family, udpServer, plan.udpInterval(), first, selector));
            }
        }
    }

    List<TcpConversation> tcp() {
        return tcp;
    }

    List<UdpConversation> udp() {
        return udp;
    }

    /** Makes the traffic thread start a new measurement; returns when it has. */
    void mark() throws InterruptedException {
        markRequested = true;
        selector.wakeup();
        while (markRequested && !closed) {
            Thread.sleep(1);
        }
    }

    @Override
    public void run() {
        try {
            while (!closed) {
                long now = System.nanoTime();
                markIfRequested(now);
                long waitMs = (sendDue(now) - System.nanoTime()) / 1_000_000;
                selector.select(TrafficClient::receive, Math.clamp(waitMs, 1, MAX_SELECT_MS));
            }
            for (SelectionKey key : new ArrayList<>(selector.keys())) {
                key.channel().close();
            }
            selector.close();
        } catch (IOException e) {
            throw new UncheckedIOException("the traffic thread failed", e);
        }
    }

    /** Ends {@link #run}, which closes the sockets. */
    @Override
    public void close() {
        closed = true;
        selector.wakeup();
    }

    private void markIfRequested(long now) {
        if (markRequested) {
            tcp.forEach(conversation -> conversation.mark(now));
            udp.forEach(conversation -> conversation.mark(now));
            markRequested = false;
        }
    }

    private long sendDue(long now) {
        long next = now + Duration.ofMillis(MAX_SELECT_MS).toNanos();
        for (Conversation conversation : tcp) {
            next = Math.min(next, conversation.sendIfDue(now));
        }
        for (Conversation conversation : udp) {
            next = Math.min(next, conversation.sendIfDue(now));
        }
        return next;
    }

    private static void receive(SelectionKey key) {
        Conversation conversation = (Conversation) key.attachment();
        try {
            conversation.receive(key, System.nanoTime());
        } catch (IOException e) {
            conversation.fail(e);
            key.cancel();
        }
    }

    private static long part(Duration interval, int i, int of) {
        return interval.toNanos() * i / of;
    }
}
