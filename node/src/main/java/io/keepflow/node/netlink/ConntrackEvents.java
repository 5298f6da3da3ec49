package io.keepflow.node.netlink;

import io.netty.channel.EventLoop;

/**
 * A subscription to the conntrack events of one network namespace: NEW, UPDATE and DESTROY, on an epoll event loop.
 *
 * <p>The kernel queues events from the moment of {@link #open}, so a dump that starts afterwards misses nothing.
 */
public final class ConntrackEvents implements AutoCloseable {
    private static final String OPERATION = "conntrack events";
    private static final int DATAGRAMS_PER_BATCH = 64;
    private static final int DATAGRAM_BYTES = 8192;
    private static final int BATCHES_PER_WAKE_UP = 64;

    private final FlowChannel channel;
    private final NetlinkSocket socket;
    private int askedBytes;
    private volatile int receiveBufferBytes;

    private ConntrackEvents(FlowChannel channel, NetlinkSocket socket, int askedBytes, int receiveBufferBytes) {
        this.channel = channel;
        this.socket = socket;
        this.askedBytes = askedBytes;
        this.receiveBufferBytes = receiveBufferBytes;
    }

    /**
     * Opens a socket in the calling thread's network namespace and has {@code loop} read it.
     *
     * @param receiveBufferBytes asked for with {@code SO_RCVBUFFORCE}; an event takes about 1,300 of them
     * @param ignoredPortIds what these sockets cause is dropped in the kernel; at most 64
     */
    public static ConntrackEvents open(
            EventLoop loop, int receiveBufferBytes, int[] ignoredPortIds, FlowListener listener)
            throws NetlinkException {
        FlowChannel.requireEpoll(loop);
        NetlinkSocket socket = NetlinkSocket.open();
        try {
            socket.receiveBuffer(receiveBufferBytes);
            if (ignoredPortIds.length > 0) {
                socket.ignore(ignoredPortIds);
            }
            socket.join(Ctnetlink.NFNLGRP_CONNTRACK_NEW);
            socket.join(Ctnetlink.NFNLGRP_CONNTRACK_UPDATE);
            socket.join(Ctnetlink.NFNLGRP_CONNTRACK_DESTROY);
            int granted = socket.receiveBuffer();
            DatagramBatch batch = socket.newBatch(DATAGRAMS_PER_BATCH, DATAGRAM_BYTES);
            NetlinkChannel channel = new NetlinkChannel(socket, batch, BATCHES_PER_WAKE_UP);
            DatagramDecoder decoder = DatagramDecoder.ofEvents(listener);
            FlowChannel attached = FlowChannel.attach(channel, loop, OPERATION, listener, decoder);
            return new ConntrackEvents(attached, socket, receiveBufferBytes, granted);
        } catch (NetlinkException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /** The port id of the listening socket. */
    public int portId() {
        return channel.portId();
    }

    /**
     * Asks for twice the receive buffer, but for no more than {@code limitBytes}; what is queued stays. On the loop.
     *
     * @return whether the buffer is larger now
     */
    public boolean grow(int limitBytes) throws NetlinkException {
        int wanted = (int) Math.min(2L * askedBytes, limitBytes);
        if (wanted <= askedBytes || !channel.isOpen()) {
            return false;
        }
        socket.receiveBuffer(wanted);
        askedBytes = wanted;
        int before = receiveBufferBytes;
        receiveBufferBytes = socket.receiveBuffer();
        return receiveBufferBytes > before;
    }

    /** What the kernel granted: twice what was asked for, unless a limit was in the way. */
    public int receiveBufferBytes() {
        return receiveBufferBytes;
    }

    /** No more calls of the listener once this returns, unless it is called from within one: then after that one. */
    @Override
    public void close() {
        channel.close();
    }
}
