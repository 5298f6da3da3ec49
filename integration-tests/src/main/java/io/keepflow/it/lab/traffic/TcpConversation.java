package io.keepflow.it.lab.traffic;

import io.keepflow.it.lab.Family;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/** A TCP connection: a reset, an end of stream or an echo out of order ends it. It speaks once it is established. */
final class TcpConversation extends Conversation {
    private final SocketChannel channel;
    private final ByteBuffer out = ByteBuffer.allocate(Message.BYTES);
    private final ByteBuffer in = ByteBuffer.allocate(64 * Message.BYTES);
    private long nextEcho;

    private TcpConversation(Family family, Duration interval, long firstSendNanos, SocketChannel channel) {
        super(family, interval, firstSendNanos);
        this.channel = channel;
        out.flip();
    }

    static TcpConversation open(
            Family family, InetSocketAddress server, Duration interval, long firstSendNanos, Selector selector)
            throws IOException {
        SocketChannel channel = SocketChannel.open();
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.configureBlocking(false);
        TcpConversation conversation = new TcpConversation(family, interval, firstSendNanos, channel);
        boolean established = channel.connect(server);
        channel.register(selector, established ? SelectionKey.OP_READ : SelectionKey.OP_CONNECT, conversation);
        return conversation;
    }

    @Override
    boolean isOpen() {
        return channel.isConnected();
    }

    @Override
    void send(long sequence, long nowNanos) throws IOException {
        out.clear();
        Message.put(out, sequence, nowNanos);
        out.flip();
        channel.write(out);
        if (out.hasRemaining()) {
            fail("the send buffer is full");
        }
    }

    @Override
    void receive(SelectionKey key, long nowNanos) throws IOException {
        if (key.isConnectable() && channel.finishConnect()) {
            key.interestOps(SelectionKey.OP_READ);
        }
        if (!channel.isConnected()) {
            return;
        }
        if (channel.read(in) < 0) {
            fail("closed by the other side");
            channel.close();
            return;
        }
        in.flip();
        while (in.remaining() >= Message.BYTES) {
            if (in.getLong() != nextEcho++) {
                fail("echo out of order");
            }
            echoed(in.getLong(), nowNanos);
        }
        in.compact();
    }

    @Override
    void close() throws IOException {
        channel.close();
    }
}
