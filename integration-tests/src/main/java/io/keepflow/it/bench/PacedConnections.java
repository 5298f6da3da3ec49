package io.keepflow.it.bench;

import io.keepflow.it.lab.Family;
import io.keepflow.node.testkit.NetworkNamespace;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** An HTTP client that opens connections at a steady pace, sends one request on each and reads until the server closes. */
final class PacedConnections {
    private static final Duration LAST_ANSWERS = Duration.ofSeconds(3);
    private static final int MAX_OPEN = 4000;

    private final Selector selector;
    private final Family family;
    private final ByteBuffer request;
    private final ByteBuffer answer = ByteBuffer.allocateDirect(4096);
    private int opened;
    private int completed;
    private int failed;
    private String lastFailure = "";

    private PacedConnections(Family family) throws IOException {
        this.selector = Selector.open();
        this.family = family;
        byte[] text = "GET / HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        this.request = ByteBuffer.allocateDirect(text.length).put(text).flip();
    }

    /**
     * Opens {@code perSecond} connections per second for a while and returns when all have ended.
     *
     * @return the number of connections
     * @throws IOException when one failed, or the client could not keep up
     */
    static int run(NetworkNamespace client, Family family, int perSecond, Duration duration) throws Exception {
        return client.call(() -> new PacedConnections(family).run(perSecond, duration));
    }

    private int run(int perSecond, Duration duration) throws IOException {
        try (selector) {
            long start = System.nanoTime();
            long wanted = duration.toSeconds() * perSecond;
            long giveUp = start + duration.plus(LAST_ANSWERS).toNanos();
            while (completed + failed < wanted && System.nanoTime() - giveUp < 0) {
                long due = Math.min(wanted, (long) ((System.nanoTime() - start) / 1e9 * perSecond) + 1);
                while (opened < due && opened - completed - failed < MAX_OPEN) {
                    open();
                }
                selector.select(this::serve, 1);
            }
            if (completed < wanted) {
                throw new IOException("of %d connections at %d/s %d came through, %d failed (%s), %d were not opened"
                        .formatted(wanted, perSecond, completed, failed, lastFailure, wanted - opened));
            }
        }
        return completed;
    }

    private void open() throws IOException {
        opened++;
        SocketChannel channel = SocketChannel.open();
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.connect(new InetSocketAddress(family.server(), HttpServer.FIRST_PORT + opened % HttpServer.PORTS));
        channel.register(selector, SelectionKey.OP_CONNECT);
    }

    private void serve(SelectionKey key) {
        SocketChannel channel = (SocketChannel) key.channel();
        try {
            if (key.isConnectable()) {
                channel.finishConnect();
                channel.write(request.duplicate());
                key.interestOps(SelectionKey.OP_READ);
            } else if (channel.read(answer.clear()) < 0) {
                channel.close();
                completed++;
            }
        } catch (IOException e) {
            failed++;
            lastFailure = String.valueOf(e.getMessage());
            close(channel);
        }
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException("could not close a connection", e);
        }
    }
}
