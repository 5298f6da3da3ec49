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

    private static final int[] FLOW_GROUPS = {
        Ctnetlink.NFNLGRP_CONNTRACK_NEW, Ctnetlink.NFNLGRP_CONNTRACK_UPDATE, Ctnetlink.NFNLGRP_CONNTRACK_DESTROY
    };
    private static final int[] EXPECTATION_GROUPS = {
        Ctnetlink.NFNLGRP_CONNTRACK_EXP_NEW,
        Ctnetlink.NFNLGRP_CONNTRACK_EXP_UPDATE,
        Ctnetlink.NFNLGRP_CONNTRACK_EXP_DESTROY
    };

    private final FlowChannel channel;
    private final int receiveBufferBytes;

    private ConntrackEvents(FlowChannel channel, int receiveBufferBytes) {
        this.channel = channel;
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
        return open(loop, receiveBufferBytes, ignoredPortIds, listener, FLOW_GROUPS);
    }

    /** The same for expectations: NEW and DESTROY. The kernel tells nothing of their changes. */
    public static ConntrackEvents openExpectations(
            EventLoop loop, int receiveBufferBytes, int[] ignoredPortIds, FlowListener listener)
            throws NetlinkException {
        return open(loop, receiveBufferBytes, ignoredPortIds, listener, EXPECTATION_GROUPS);
    }

    private static ConntrackEvents open(
            EventLoop loop, int receiveBufferBytes, int[] ignoredPortIds, FlowListener listener, int[] groups)
            throws NetlinkException {
        FlowChannel.requireEpoll(loop);
        NetlinkSocket socket = NetlinkSocket.open();
        try {
            socket.receiveBuffer(receiveBufferBytes);
            if (ignoredPortIds.length > 0) {
                socket.ignore(ignoredPortIds);
            }
            for (int group : groups) {
                socket.join(group);
            }
            int granted = socket.receiveBuffer();
            DatagramBatch batch = socket.newBatch(DATAGRAMS_PER_BATCH, DATAGRAM_BYTES);
            NetlinkChannel channel = new NetlinkChannel(socket, batch, BATCHES_PER_WAKE_UP);
            DatagramDecoder decoder = DatagramDecoder.ofEvents(listener);
            return new ConntrackEvents(FlowChannel.attach(channel, loop, OPERATION, listener, decoder), granted);
        } catch (NetlinkException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /** The port id of the listening socket. */
    public int portId() {
        return channel.portId();
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
