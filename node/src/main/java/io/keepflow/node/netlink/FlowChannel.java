package io.keepflow.node.netlink;

import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import java.util.concurrent.TimeUnit;

/** A {@link NetlinkChannel} with its decoder in an event loop, and how to end both from any thread. */
final class FlowChannel implements AutoCloseable {
    private static final long CLOSE_TIMEOUT_MS = 5_000;

    private final NetlinkChannel channel;
    private final DatagramDecoder decoder;
    private final EventLoop loop;

    private FlowChannel(NetlinkChannel channel, DatagramDecoder decoder, EventLoop loop) {
        this.channel = channel;
        this.decoder = decoder;
        this.loop = loop;
    }

    static void requireNetlink(EventLoop loop) {
        if (!(loop instanceof IoEventLoop ioLoop) || !ioLoop.isIoType(NetlinkIoHandler.class)) {
            throw new IllegalArgumentException(loop + " is not for netlink: it needs a NetlinkIoHandler");
        }
    }

    /** Registers {@code channel}; from now on its loop owns it. A failure closes it. */
    static FlowChannel attach(
            NetlinkChannel channel, EventLoop loop, String operation, FlowListener listener, DatagramDecoder decoder)
            throws NetlinkException {
        FlowHandler handler = new FlowHandler(operation, listener, decoder);
        channel.pipeline().addLast(handler);
        ChannelFuture registration = loop.register(channel);
        if (registration.isDone() && !registration.isSuccess()) {
            throw new NetlinkException(operation, registration.cause());
        }
        registration.addListener(registered -> {
            if (!registered.isSuccess()) {
                handler.failed(registered.cause());
            }
        });
        return new FlowChannel(channel, decoder, loop);
    }

    boolean isOpen() {
        return channel.isOpen();
    }

    /** Reads what is there, at most so many batches; false if there may be more. On the loop. */
    boolean read(int batches) {
        return !channel.isOpen() || channel.read(batches);
    }

    int portId() {
        return channel.portId();
    }

    @Override
    public void close() {
        boolean inLoop = loop.inEventLoop();
        if (inLoop) {
            decoder.stop();
        }
        ChannelFuture closed = channel.close();
        if (!inLoop) {
            closed.awaitUninterruptibly(CLOSE_TIMEOUT_MS, TimeUnit.MILLISECONDS);
        }
    }
}
