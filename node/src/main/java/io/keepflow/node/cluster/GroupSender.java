package io.keepflow.node.cluster;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.unix.UnixChannel;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Sends to a multicast group, from an address and port that another socket receives at. It is connected to the group, so the kernel
 * gives it nothing that is for that other one; and a datagram is one system call with little before it. That matters where datagrams
 * are few: the JDK's way to it is long, and until it is compiled takes longer than all else that is done for an acknowledgement.
 */
final class GroupSender implements AutoCloseable {
    private final UnixChannel channel;
    private final ByteBuffer buffer;
    private boolean closed;

    private GroupSender(UnixChannel channel, int maxBytes) {
        this.channel = channel;
        this.buffer = ByteBuffer.allocateDirect(maxBytes);
    }

    /**
     * A sender to {@code group}. The kernel's hop limit of multicasts, 1, is left as it is: Netty's option for it sets that of unicasts.
     *
     * @param loop closes it; nothing else is done there
     * @param source the other socket's, which must allow that its address is used again
     * @param outgoing the interface to leave by, or else what the routes say
     * @param bufferBytes the size to ask for of the socket's send buffer
     * @param maxBytes the size of the largest datagram
     * @throws IOException when the kernel refuses
     */
    static GroupSender open(
            EventLoop loop,
            InetSocketAddress group,
            InetSocketAddress source,
            @Nullable NetworkInterface outgoing,
            int bufferBytes,
            int maxBytes)
            throws IOException, InterruptedException {
        SocketProtocolFamily family =
                group.getAddress() instanceof Inet6Address ? SocketProtocolFamily.INET6 : SocketProtocolFamily.INET;
        Bootstrap bootstrap = new Bootstrap()
                .group(loop)
                .channelFactory(() -> new EpollDatagramChannel(family))
                .option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.IP_MULTICAST_LOOP_DISABLED, true)
                .option(ChannelOption.SO_SNDBUF, bufferBytes)
                .handler(new ChannelInboundHandlerAdapter());
        if (outgoing != null) {
            bootstrap.option(ChannelOption.IP_MULTICAST_IF, outgoing);
        }
        return new GroupSender(
                (UnixChannel) bootstrap.connect(group, source).sync().channel(), maxBytes);
    }

    /** Sends at once, on whatever thread; never waits for room in the socket's buffer. */
    synchronized void send(byte[] datagram, int length) throws IOException {
        if (closed) {
            throw new IOException("the socket is closed");
        }
        buffer.clear().put(datagram, 0, length);
        if (channel.fd().write(buffer, 0, length) != length) {
            throw new IOException("the socket's send buffer is full");
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        channel.close().syncUninterruptibly();
    }
}
