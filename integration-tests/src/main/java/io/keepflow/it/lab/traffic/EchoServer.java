package io.keepflow.it.lab.traffic;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;

/** Sends everything back, TCP and UDP, both families; to UDP packets it appends the source that it saw. One thread. */
final class EchoServer implements Runnable, AutoCloseable {
    private final Selector selector = Selector.open();
    private final ByteBuffer packet = ByteBuffer.allocate(Message.MAX_ECHO_BYTES);
    private final int tcpPort;
    private final int udpPort;
    private volatile boolean closed;

    /** Opens the sockets in the calling thread's namespace, on ports that are free. */
    EchoServer() throws IOException {
        ServerSocketChannel tcp = ServerSocketChannel.open();
        tcp.bind(new InetSocketAddress(0), 1024).configureBlocking(false);
        tcp.register(selector, SelectionKey.OP_ACCEPT);
        tcpPort = tcp.socket().getLocalPort();
        DatagramChannel udp = DatagramChannel.open();
        udp.bind(new InetSocketAddress(0)).configureBlocking(false);
        udp.register(selector, SelectionKey.OP_READ);
        udpPort = udp.socket().getLocalPort();
    }

    int tcpPort() {
        return tcpPort;
    }

    int udpPort() {
        return udpPort;
    }

    @Override
    public void run() {
        try {
            while (!closed) {
                selector.select(this::serve);
            }
            for (SelectionKey key : new ArrayList<>(selector.keys())) {
                key.channel().close();
            }
            selector.close();
        } catch (IOException e) {
            throw new UncheckedIOException("the echo server failed", e);
        }
    }

    /** Ends {@link #run}, which closes the sockets. */
    @Override
    public void close() {
        closed = true;
        selector.wakeup();
    }

    private void serve(SelectionKey key) {
        try {
            switch (key.channel()) {
                case ServerSocketChannel tcp -> accept(tcp);
                case DatagramChannel udp -> echo(udp);
                case SocketChannel connection -> echo(key, connection);
                default -> throw new IllegalStateException("unexpected " + key.channel());
            }
        } catch (IOException e) {
            // The connection is over for its client too, who sees and reports it.
            drop(key);
        }
    }

    private void accept(ServerSocketChannel tcp) throws IOException {
        SocketChannel connection = tcp.accept();
        if (connection != null) {
            connection.configureBlocking(false);
            connection.setOption(StandardSocketOptions.TCP_NODELAY, true);
            connection.register(selector, SelectionKey.OP_READ, ByteBuffer.allocate(64 * Message.BYTES));
        }
    }

    private void echo(SelectionKey key, SocketChannel connection) throws IOException {
        ByteBuffer pending = (ByteBuffer) key.attachment();
        if (connection.read(pending) < 0) {
            drop(key);
            return;
        }
        pending.flip();
        connection.write(pending);
        pending.compact();
        key.interestOps((pending.hasRemaining() ? SelectionKey.OP_READ : 0)
                | (pending.position() > 0 ? SelectionKey.OP_WRITE : 0));
    }

    private void echo(DatagramChannel udp) throws IOException {
        packet.clear();
        InetSocketAddress source = (InetSocketAddress) udp.receive(packet);
        if (source != null && packet.position() == Message.BYTES) {
            Message.putSource(packet, source);
            packet.flip();
            udp.send(packet, source);
        }
    }

    private static void drop(SelectionKey key) {
        try {
            if (key.channel() instanceof SocketChannel connection) {
                connection.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("could not close a connection", e);
        }
    }
}
