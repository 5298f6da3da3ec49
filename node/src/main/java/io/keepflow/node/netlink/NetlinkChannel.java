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
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A netlink socket as a Netty channel on an epoll event loop: reads in bulk and fires {@link Datagrams}, valid during the call,
 * through the pipeline. It only reads; requests have a socket of their own.
 *
 * <p>A turn reads until there is no more, but no more than a bounded number of batches; the rest comes with the next turn of the loop,
 * after the loop's other channels. What comes too early after a turn, by the {@link ReadPace}, wakes nobody: a timer does.
 *
 * <p>With an {@link EventRing} messages come from there, and from the socket only what the ring had no room for. Both together are
 * in order, because the ring is read until it is empty before the queue is, and takes over again when the queue is empty.
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
    private final @Nullable EventRing ring;
    private @Nullable IoRegistration registration;
    private @Nullable IoRegistration ringRegistration;
    private boolean polling;
    private boolean reading;
    private boolean overrun;

    /** Datagrams do not wake up the loop. */
    private boolean silent;

    /** The next turn is when the rest ends. */
    private boolean resting;

    private long restEndNanos;

    /** The socket's queue is read although nothing more should come into it. */
    private boolean emptiesQueue;

    private int found;

    /** Takes {@code socket} over and closes it in the end. */
    NetlinkChannel(
            NetlinkSocket socket, DatagramBatch batch, int batchesPerWakeUp, ReadPace pace, @Nullable EventRing ring) {
        super(null);
        this.socket = socket;
        this.descriptor = new FileDescriptor(socket.fd());
        this.batch = batch;
        this.batchesPerWakeUp = batchesPerWakeUp;
        this.pace = pace;
        this.ring = ring;
    }

    int portId() {
        return socket.portId();
    }

    /** Reads until there is no more, at most so many batches; false if there may be. On the loop, not from within the pipeline. */
    boolean read(int batches) {
        if (reading) {
            throw new IllegalStateException("a netlink channel is read from within a call of its pipeline");
        }
        boolean empty = false;
        reading = true;
        try {
            for (int round = 0; round < batches && !empty && isOpen(); round++) {
                empty = ring == null ? readQueue() : readInOrder(ring);
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

    /** A batch from where the next message in order is; true if there is none. */
    private boolean readInOrder(EventRing ring) {
        if (emptiesQueue) {
            emptiesQueue = !readQueue();
            return false;
        }
        if (ring.fill() > 0) {
            found += ring.size();
            pipeline().fireChannelRead(ring);
            if (isOpen()) {
                ring.release();
            }
            return false;
        }
        if (!ring.isSpilling()) {
            return true;
        }
        if (ring.isEmpty() && readQueue()) {
            ring.endSpill();
            emptiesQueue = true;
        }
        return false;
    }

    /** A batch from the socket; true if there is no more. */
    private boolean readQueue() {
        int received = socket.receive(batch);
        if (received > 0) {
            found += received;
            pipeline().fireChannelRead(batch);
        }
        return received >= 0 ? received < batch.capacity() : !goesOnAfter(-received);
    }

    /** The next datagram may be read, at once or after a rest. */
    private void woken() {
        if (resting) {
            return;
        }
        long early = pace.earlyNanos();
        if (early > 0) {
            rest(early);
        } else {
            turn();
        }
    }

    /** Something is in the socket's queue although there is a ring, which is full then: that does not rest. */
    private void spilled(EventRing ring) {
        emptiesQueue |= !ring.isSpilling();
        if (resting) {
            read(batchesPerWakeUp);
        } else {
            turn();
        }
    }

    private void turn() {
        found = 0;
        boolean empty = read(batchesPerWakeUp);
        long restNanos = pace.found(empty ? found : 0);
        if (empty && restNanos == 0) {
            awaitDatagram();
        } else if (empty || silent || ring != null) {
            rest(restNanos);
        }
        // Else epoll tells at once that there is more.
    }

    private void rest(long nanos) {
        if (isOpen()) {
            resting = true;
            restEndNanos = System.nanoTime() + nanos;
            silence(true);
        }
    }

    private void awaitDatagram() {
        silence(false);
        if (ring != null && isOpen() && !ring.isEmpty()) {
            rest(0);
        }
    }

    /** Whether datagrams do not wake up the loop. */
    private void silence(boolean on) {
        if (silent == on || !isOpen() || registration == null) {
            return;
        }
        silent = on;
        if (ring == null) {
            // Errors are always told. Not NONE: Netty then takes the socket out of epoll, and does not put it in again.
            registration.submit(on ? EpollIoOps.EPOLLERR : EpollIoOps.EPOLLIN);
        } else {
            ring.wakes(!on);
        }
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
        return loop instanceof IoEventLoop ioLoop && ioLoop.isIoType(NetlinkIoHandler.class);
    }

    @Override
    protected void doRegister(ChannelPromise promise) {
        register((NetlinkUnsafe) unsafe(), promise, own -> {
            registration = own;
            if (ring == null) {
                promise.setSuccess();
                return;
            }
            register(new RingHandle(ring), promise, rings -> {
                ringRegistration = rings;
                promise.setSuccess();
            });
        });
    }

    private void register(EpollIoHandle handle, ChannelPromise promise, Consumer<IoRegistration> then) {
        ((IoEventLoop) eventLoop()).register(handle).addListener(registered -> {
            if (registered.isSuccess()) {
                then.accept((IoRegistration) registered.getNow());
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
            if (ringRegistration != null) {
                // Once for each time that the ring was empty, as the kernel tells it.
                ringRegistration.submit(EpollIoOps.EPOLLIN.with(EpollIoOps.EPOLLET));
            }
        }
    }

    @Override
    protected void doDeregister() {
        if (registration != null) {
            registration.cancel();
        }
        if (ringRegistration != null) {
            ringRegistration.cancel();
        }
    }

    @Override
    protected void doClose() throws IOException {
        try {
            doDeregister();
        } finally {
            descriptor.close();
            if (ring != null) {
                ring.close();
            }
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

    private final class NetlinkUnsafe extends AbstractUnsafe implements EpollIoHandle, NetlinkIoHandler.Rester {
        @Override
        public FileDescriptor fd() {
            return descriptor;
        }

        @Override
        public void handle(IoRegistration registration, IoEvent event) {
            if (!isOpen()) {
                return;
            }
            if (ring == null) {
                woken();
            } else {
                spilled(ring);
            }
        }

        @Override
        public boolean isResting() {
            return resting;
        }

        @Override
        public long restEndNanos() {
            return restEndNanos;
        }

        @Override
        public void rested() {
            resting = false;
            turn();
        }

        @Override
        public boolean isOpen() {
            return NetlinkChannel.this.isOpen();
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

    /** The ring has got its first message. */
    private final class RingHandle implements EpollIoHandle {
        private final FileDescriptor ringDescriptor;

        RingHandle(EventRing ring) {
            ringDescriptor = ring.descriptor();
        }

        @Override
        public FileDescriptor fd() {
            return ringDescriptor;
        }

        @Override
        public void handle(IoRegistration registration, IoEvent event) {
            if (isOpen()) {
                woken();
            }
        }

        @Override
        public void close() {
            var _ = NetlinkChannel.this.close();
        }
    }
}
