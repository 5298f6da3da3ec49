package io.keepflow.it.lab.traffic;

import io.keepflow.it.lab.Family;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * TCP connections that are opened at a steady pace, in both families by turns, say one message, hear its echo and close. One
 * thread; what a report needs may be read from any.
 */
public final class ShortConnections implements Runnable, AutoCloseable {
    /**
     * What became of them.
     *
     * @param failed reset or refused, or given up by the client's kernel
     * @param open neither through nor failed yet
     * @param toEstablishMs time until each was established, sorted
     */
    public record Report(int opened, int completed, int failed, int open, List<Integer> toEstablishMs) {
        /** The time within which that share of the connections was established. */
        public int toEstablishMs(double share) {
            return toEstablishMs.isEmpty() ? 0 : toEstablishMs.get((int) ((toEstablishMs.size() - 1) * share));
        }

        @Override
        public String toString() {
            return "%,d opened, %,d through, %d failed, %d open; established after %d ms (median), %d ms (99 %%), %d ms (last)"
                    .formatted(
                            opened, completed, failed, open, toEstablishMs(0.5), toEstablishMs(0.99), toEstablishMs(1));
        }
    }

    private static final long MAX_SELECT_MS = 20;

    private final Selector selector = Selector.open();
    private final List<InetSocketAddress> servers = new ArrayList<>();
    private final long intervalNanos;
    private final ByteBuffer buffer = ByteBuffer.allocate(2 * Message.BYTES);
    private final List<Integer> toEstablishMs = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();
    private int opened;
    private int completed;
    private int failed;
    private volatile boolean stopped;
    private volatile boolean closed;

    /** Runs on a thread that is in the client's namespace. */
    ShortConnections(List<Family> families, int serverPort, int perSecond) throws IOException {
        for (Family family : families) {
            servers.add(new InetSocketAddress(family.server(), serverPort));
        }
        intervalNanos = Duration.ofSeconds(1).toNanos() / perSecond;
    }

    @Override
    public void run() {
        try {
            long due = System.nanoTime();
            while (!closed) {
                long now = System.nanoTime();
                if (now - due >= 0) {
                    due = Math.max(
                            due + intervalNanos, now - Duration.ofMillis(100).toNanos());
                    if (!stopped) {
                        open(now);
                    }
                }
                selector.select(this::serve, Math.clamp((due - now) / 1_000_000, 1, MAX_SELECT_MS));
            }
            for (SelectionKey key : new ArrayList<>(selector.keys())) {
                key.channel().close();
            }
            selector.close();
        } catch (IOException e) {
            throw new UncheckedIOException("the thread of the short connections failed", e);
        }
    }

    /** Opens no more; those that are open go on to their end. */
    public void stop() {
        stopped = true;
    }

    public synchronized Report report() {
        return new Report(
                opened,
                completed,
                failed,
                opened - completed - failed,
                toEstablishMs.stream().sorted().toList());
    }

    /** Why connections failed, each reason once. */
    public synchronized List<String> failures() {
        return failures.stream().distinct().toList();
    }

    /** Ends {@link #run}, which closes what is open. */
    @Override
    public void close() {
        closed = true;
        selector.wakeup();
    }

    private void open(long now) throws IOException {
        SocketChannel channel = SocketChannel.open();
        try {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            channel.connect(servers.get(opened % servers.size()));
            channel.register(selector, SelectionKey.OP_CONNECT, now);
            count(() -> opened++);
        } catch (IOException e) {
            channel.close();
            count(() -> {
                opened++;
                failed(e);
            });
        }
    }

    private void serve(SelectionKey key) {
        SocketChannel channel = (SocketChannel) key.channel();
        try {
            if (key.isConnectable() && channel.finishConnect()) {
                established(key, channel);
            } else if (key.isReadable()) {
                buffer.clear();
                int length = channel.read(buffer);
                if (length < 0) {
                    throw new IOException("closed by the other side");
                }
                channel.close();
                count(() -> completed++);
            }
        } catch (IOException e) {
            count(() -> failed(e));
            drop(channel);
        }
    }

    private void established(SelectionKey key, SocketChannel channel) throws IOException {
        long openedNanos = (Long) key.attachment();
        int tookMs = (int) Duration.ofNanos(System.nanoTime() - openedNanos).toMillis();
        count(() -> toEstablishMs.add(tookMs));
        key.interestOps(SelectionKey.OP_READ);
        buffer.clear();
        Message.put(buffer, 0, openedNanos);
        buffer.flip();
        channel.write(buffer);
    }

    private synchronized void count(Runnable change) {
        change.run();
    }

    private void failed(IOException e) {
        failed++;
        failures.add(String.valueOf(e.getMessage()));
    }

    private static void drop(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException("could not close a connection", e);
        }
    }
}
