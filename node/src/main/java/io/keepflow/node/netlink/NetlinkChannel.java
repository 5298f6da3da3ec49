package io.keepflow.node.netlink;

import io.netty.channel.AbstractChannel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A netlink socket as a Netty channel on an epoll event loop: reads in bulk and fires its one {@link DatagramBatch}, valid
 * during the call, through the pipeline. It only reads; requests have a socket of their own.
 *
 * <p>A wake-up reads until the socket is empty, but no more than a bounded number of batches: epoll is level-triggered, so the
 * rest comes with the next turn of the loop, after the loop's other channels.
 */
final class NetlinkChannel extends AbstractChannel {
    /**
     * The user event for {@code ENOBUFS}. It comes when the socket has been read empty: until then the kernel drops whatever else
     * it would tell, and says so only once.
     */
    static final Object OVERRUN = new Object();

    private static final ChannelMetadata METADATA = new ChannelMetadata(false);

    private final ChannelConfig config = new DefaultChannelConfig(this);
    private final NetlinkSocket socket;
    private final FileDescriptor descriptor;
    private final DatagramBatch batch;
    private final int batchesPerWakeUp;
    private final ReadPace pace;
    private @Nullable IoRegistration registration;
    private boolean polling;
    private boolean reading;
    private boolean overrun;
    private int found;

    /** Takes {@code socket} over and closes it in the end. */
    NetlinkChannel(NetlinkSocket socket, DatagramBatch batch, int batchesPerWakeUp, ReadPace pace) {
        super(null);
        this.socket = socket;
        this.descriptor = new FileDescriptor(socket.fd());
        this.batch = batch;
        this.batchesPerWakeUp = batchesPerWakeUp;
        this.pace = pace;
    }

    int portId() {
        return socket.portId();
    }

    /** Reads until the socket is empty, at most so many batches; false if it may not be. On the loop, not from within the pipeline. */
    boolean read(int batches) {
        if (reading) {
            throw new IllegalStateException("a netlink channel is read from within a call of its pipeline");
        }
        boolean empty = false;
        reading = true;
        try {
            for (int round = 0; round < batches && !empty && isOpen(); round++) {
                int received = socket.receive(batch);
                if (received > 0) {
                    found += received;
                    pipeline().fireChannelRead(batch);
                }
                empty = received >= 0 ? received < batch.capacity() : !goesOnAfter(-received);
            }
            if (empty && overrun && isOpen()) {
                overrun = false;
                pipeline().fireUserEventTriggered(OVERRUN);
            }
        } finally {
            reading = false;
        }
        if (isOpen()) {
            pipeline().fireChannelReadComplete();
        } else {
            socket.free();
        }
        return empty;
    }

    private boolean goesOnAfter(int errno) {
        return switch (errno) {
            case Errno.EAGAIN -> false;
            case Errno.EINTR -> true;
            case Errno.ENOBUFS -> {
                overrun = true;
                yield true;
            }
            default -> {
                pipeline().fireExceptionCaught(new NetlinkException("recvmmsg", errno));
                yield false;
            }
        };
    }

    @Override
    public ChannelConfig config() {
        return config;
    }

    @Override
    public boolean isOpen() {
        return descriptor.isOpen();
    }

    @Override
    public boolean isActive() {
        return isOpen();
    }

    @Override
    public ChannelMetadata metadata() {
        return METADATA;
    }

    @Override
    protected AbstractUnsafe newUnsafe() {
        return new NetlinkUnsafe();
    }

    @Override
    protected boolean isCompatible(EventLoop loop) {
        return loop instanceof IoEventLoop ioLoop && ioLoop.isCompatible(NetlinkUnsafe.class);
    }

    @Override
    protected void doRegister(ChannelPromise promise) {
        ((IoEventLoop) eventLoop()).register((NetlinkUnsafe) unsafe()).addListener(registered -> {
            if (registered.isSuccess()) {
                registration = (IoRegistration) registered.getNow();
                promise.setSuccess();
            } else {
                promise.setFailure(registered.cause());
            }
        });
    }

    @Override
    protected void doBeginRead() {
        if (!polling && registration != null) {
            polling = true;
            registration.submit(EpollIoOps.EPOLLIN);
        }
    }

    @Override
    protected void doDeregister() {
        if (registration != null) {
            registration.cancel();
        }
    }

    @Override
    protected void doClose() throws IOException {
        try {
            doDeregister();
        } finally {
            descriptor.close();
            if (!reading) {
                socket.free();
            }
        }
    }

    @Override
    protected void doDisconnect() throws IOException {
        doClose();
    }

    @Override
    protected @Nullable SocketAddress localAddress0() {
        return null;
    }

    @Override
    protected @Nullable SocketAddress remoteAddress0() {
        return null;
    }

    @Override
    protected void doBind(SocketAddress localAddress) {
        throw new UnsupportedOperationException("a netlink channel is bound when it is opened");
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer buffer) {
        throw new UnsupportedOperationException("a netlink channel only reads");
    }

    private final class NetlinkUnsafe extends AbstractUnsafe implements EpollIoHandle {
        @Override
        public FileDescriptor fd() {
            return descriptor;
        }

        @Override
        public void handle(IoRegistration registration, IoEvent event) {
            if (isOpen()) {
                pace.await();
                found = 0;
                boolean empty = read(batchesPerWakeUp);
                pace.found(empty ? found : 0);
            }
        }

        @Override
        public void close() {
            close(voidPromise());
        }

        @Override
        public void connect(SocketAddress remote, SocketAddress local, ChannelPromise promise) {
            promise.setFailure(new UnsupportedOperationException("a netlink channel is not connected"));
        }
    }
}
