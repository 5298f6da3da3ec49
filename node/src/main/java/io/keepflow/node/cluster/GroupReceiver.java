package io.keepflow.node.cluster;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.SocketProtocolFamily;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Receives what is multicast to a group on an event loop: on the thread that works with it, so none has to be woken up by another. */
final class GroupReceiver implements AutoCloseable {
    /** Called on the event loop. The bytes are valid only during the call. */
    interface Listener {
        void onDatagram(InetSocketAddress source, byte[] bytes, int length);
    }

    private static final Logger LOG = LoggerFactory.getLogger(GroupReceiver.class);

    private final Channel channel;
    private final ByteBuf buffer;

    private GroupReceiver(Channel channel, ByteBuf buffer) {
        this.channel = channel;
        this.buffer = buffer;
    }

    /**
     * Listens; nothing is received before {@link #start}. To join the group, which is a matter of the interface, is left to another
     * socket.
     *
     * @param bufferBytes the size to ask for of the socket's receive buffer
     * @param maxBytes the size of the largest datagram; of a larger one so much is received
     * @throws IOException when the kernel refuses
     */
    static GroupReceiver open(EventLoop loop, InetSocketAddress group, int bufferBytes, int maxBytes, Listener listener)
            throws IOException, InterruptedException {
        SocketProtocolFamily family =
                group.getAddress() instanceof Inet6Address ? SocketProtocolFamily.INET6 : SocketProtocolFamily.INET;
        ByteBuf buffer = Unpooled.directBuffer(maxBytes, maxBytes);
        Bootstrap bootstrap = new Bootstrap()
                .group(loop)
                .channelFactory(() -> new EpollDatagramChannel(family))
                .option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(EpollChannelOption.IP_MULTICAST_ALL, true)
                .option(ChannelOption.SO_RCVBUF, bufferBytes)
                .option(ChannelOption.RECVBUF_ALLOCATOR, new OneBuffer(buffer))
                .handler(new Handler(listener, maxBytes));
        return new GroupReceiver(bootstrap.bind(group).sync().channel(), buffer);
    }

    void start() {
        channel.config().setAutoRead(true);
    }

    @Override
    public void close() {
        channel.close().syncUninterruptibly();
        buffer.release();
    }

    /** All datagrams are read into the same buffer, one after the other: of none is anything kept. */
    private static final class OneBuffer extends DefaultMaxMessagesRecvByteBufAllocator {
        private final ByteBuf buffer;

        OneBuffer(ByteBuf buffer) {
            this.buffer = buffer;
        }

        @Override
        @SuppressWarnings("deprecation") // as in Netty's own
        public Handle newHandle() {
            return new MaxMessageHandle() {
                @Override
                public int guess() {
                    return buffer.capacity();
                }

                @Override
                public ByteBuf allocate(ByteBufAllocator ignored) {
                    return buffer.clear().retain();
                }
            };
        }
    }

    private static final class Handler extends SimpleChannelInboundHandler<DatagramPacket> {
        private final Listener listener;
        private final byte[] bytes;

        Handler(Listener listener, int maxBytes) {
            this.listener = listener;
            this.bytes = new byte[maxBytes];
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, DatagramPacket datagram) {
            ByteBuf content = datagram.content();
            int length = content.readableBytes();
            content.readBytes(bytes, 0, length);
            listener.onDatagram(datagram.sender(), bytes, length);
        }

        /** Neither a datagram nor what the network says of one ends the reception of the others. */
        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            LOG.debug("receiving from the group: {}", cause.toString());
        }
    }
}
