package io.keepflow.it.lab.traffic;

import io.keepflow.it.lab.Family;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A UDP conversation from one source port; the server tells in each echo which source it saw: the translation. */
final class UdpConversation extends Conversation {
    private final DatagramChannel channel;
    private final int sourcePort;
    private final ByteBuffer buffer = ByteBuffer.allocate(Message.MAX_ECHO_BYTES);
    private @Nullable String mapping;
    private volatile boolean mappingChanged;

    private UdpConversation(
            Family family, Duration interval, long firstSendNanos, DatagramChannel channel, int sourcePort) {
        super(family, interval, firstSendNanos);
        this.channel = channel;
        this.sourcePort = sourcePort;
    }

    static UdpConversation open(
            Family family, InetSocketAddress server, Duration interval, long firstSendNanos, Selector selector)
            throws IOException {
        DatagramChannel channel = DatagramChannel.open(
                family == Family.IPV4 ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6);
        channel.connect(server);
        channel.configureBlocking(false);
        int port = ((InetSocketAddress) channel.getLocalAddress()).getPort();
        UdpConversation conversation = new UdpConversation(family, interval, firstSendNanos, channel, port);
        channel.register(selector, SelectionKey.OP_READ, conversation);
        return conversation;
    }

    @Override
    boolean isOpen() {
        return true;
    }

    @Override
    void send(long sequence, long nowNanos) throws IOException {
        buffer.clear();
        Message.put(buffer, sequence, nowNanos);
        buffer.flip();
        try {
            channel.write(buffer);
        } catch (PortUnreachableException e) {
            // An ICMP error for an earlier packet: UDP goes on, the missing echo is what counts.
            channel.write(buffer);
        }
    }

    @Override
    void receive(SelectionKey key, long nowNanos) throws IOException {
        buffer.clear();
        int length;
        try {
            length = channel.read(buffer);
        } catch (PortUnreachableException e) {
            return;
        }
        if (length <= Message.BYTES) {
            return;
        }
        buffer.flip().position(Long.BYTES);
        long sentNanos = buffer.getLong();
        noteMapping(Message.source(buffer));
        echoed(sentNanos, nowNanos);
    }

    @Override
    void close() throws IOException {
        channel.close();
    }

    int sourcePort() {
        return sourcePort;
    }

    boolean keptMapping() {
        return !mappingChanged;
    }

    private void noteMapping(String seen) {
        if (mapping == null) {
            mapping = seen;
        } else if (!mapping.equals(seen)) {
            mappingChanged = true;
        }
    }
}
