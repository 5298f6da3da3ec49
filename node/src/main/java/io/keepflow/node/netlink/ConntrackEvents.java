package io.keepflow.node.netlink;

import io.keepflow.node.filter.Selection;
import io.netty.channel.EventLoop;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A subscription to the conntrack events of one network namespace: NEW, UPDATE and DESTROY, on an epoll event loop.
 *
 * <p>The kernel queues events from the moment of {@link #open}, so a dump that starts afterwards misses nothing.
 */
public final class ConntrackEvents implements AutoCloseable {
    private static final String OPERATION = "conntrack events";
    private static final Logger LOG = LoggerFactory.getLogger(ConntrackEvents.class);
    private static final int DATAGRAMS_PER_BATCH = 64;
    private static final int DATAGRAM_BYTES = 8192;
    private static final int BATCHES_PER_WAKE_UP = 64;

    /** Of the buffer that the ring is made beside: of 64 MiB, some 8,000 events. */
    private static final int RING_PART = 32;

    /** No event takes less of the buffer. */
    private static final int LEAST_BUFFERED_BYTES = 512;

    private static final int[] FLOW_GROUPS = {
        Ctnetlink.NFNLGRP_CONNTRACK_NEW, Ctnetlink.NFNLGRP_CONNTRACK_UPDATE, Ctnetlink.NFNLGRP_CONNTRACK_DESTROY
    };
    private static final int[] ENTRY_GROUPS = {Ctnetlink.NFNLGRP_CONNTRACK_NEW, Ctnetlink.NFNLGRP_CONNTRACK_UPDATE};
    private static final int[] EXPECTATION_GROUPS = {
        Ctnetlink.NFNLGRP_CONNTRACK_EXP_NEW,
        Ctnetlink.NFNLGRP_CONNTRACK_EXP_UPDATE,
        Ctnetlink.NFNLGRP_CONNTRACK_EXP_DESTROY
    };

    private final FlowChannel channel;
    private final NetlinkSocket socket;
    private int askedBytes;
    private volatile int receiveBufferBytes;
    private final int filterInstructions;
    private final int ringBytes;

    private ConntrackEvents(
            FlowChannel channel,
            NetlinkSocket socket,
            int askedBytes,
            int receiveBufferBytes,
            int ringBytes,
            int filterInstructions) {
        this.channel = channel;
        this.socket = socket;
        this.ringBytes = ringBytes;
        this.askedBytes = askedBytes;
        this.receiveBufferBytes = receiveBufferBytes;
        this.filterInstructions = filterInstructions;
    }

    /**
     * Opens a socket in the calling thread's network namespace and has {@code loop} read it.
     *
     * @param receiveBufferBytes asked for with {@code SO_RCVBUFFORCE}; an event takes about 1,300 of them
     * @param ignoredPortIds what these sockets cause is dropped in the kernel; at most 64
     * @param selection what this leaves out for life is dropped in the kernel, but for its end, if the kernel takes the program
     */
    public static ConntrackEvents open(
            EventLoop loop, int receiveBufferBytes, int[] ignoredPortIds, Selection selection, FlowListener listener)
            throws NetlinkException {
        return open(loop, receiveBufferBytes, ignoredPortIds, selection, listener, receiveBufferBytes / RING_PART);
    }

    /** The same with a ring of about so many bytes. */
    static ConntrackEvents open(
            EventLoop loop,
            int receiveBufferBytes,
            int[] ignoredPortIds,
            Selection selection,
            FlowListener listener,
            int ringBytes)
            throws NetlinkException {
        return open(
                loop,
                receiveBufferBytes,
                ignoredPortIds,
                selection,
                listener,
                FLOW_GROUPS,
                ReadPace.ofEvents(),
                ringBytes);
    }

    /** As {@link #open}, but NEW and UPDATE alone, and read the moment they come: for what measures delays. */
    public static ConntrackEvents openUnmoderated(
            EventLoop loop, int receiveBufferBytes, Selection selection, FlowListener listener)
            throws NetlinkException {
        return open(loop, receiveBufferBytes, new int[0], selection, listener, ENTRY_GROUPS, ReadPace.none(), 0);
    }

    /** As {@link #open}, for expectations: NEW and DESTROY. The kernel tells nothing of their changes. */
    public static ConntrackEvents openExpectations(
            EventLoop loop, int receiveBufferBytes, int[] ignoredPortIds, FlowListener listener)
            throws NetlinkException {
        return open(
                loop,
                receiveBufferBytes,
                ignoredPortIds,
                Selection.EVERYTHING,
                listener,
                EXPECTATION_GROUPS,
                ReadPace.none(),
                0);
    }

    private static ConntrackEvents open(
            EventLoop loop,
            int receiveBufferBytes,
            int[] ignoredPortIds,
            Selection selection,
            FlowListener listener,
            int[] groups,
            ReadPace pace,
            int ringBytes)
            throws NetlinkException {
        FlowChannel.requireNetlink(loop);
        NetlinkSocket socket = NetlinkSocket.open();
        try {
            socket.receiveBuffer(receiveBufferBytes);
            int instructions = filter(socket, ignoredPortIds, selection);
            EventRing ring = instructions == 0 ? ring(socket, ringBytes, ignoredPortIds) : null;
            for (int group : groups) {
                socket.join(group);
            }
            int granted = socket.receiveBuffer();
            DatagramBatch batch = socket.newBatch(DATAGRAMS_PER_BATCH, DATAGRAM_BYTES);
            NetlinkChannel channel = new NetlinkChannel(socket, batch, BATCHES_PER_WAKE_UP, pace, ring);
            DatagramDecoder decoder = DatagramDecoder.ofEvents(listener);
            FlowChannel attached = FlowChannel.attach(channel, loop, OPERATION, listener, decoder);
            return new ConntrackEvents(
                    attached, socket, receiveBufferBytes, granted, ring == null ? 0 : ring.bytes(), instructions);
        } catch (NetlinkException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /** Instead of the socket's filter and before its buffer; null if there is none, and the socket does it all. */
    private static @Nullable EventRing ring(NetlinkSocket socket, int bytes, int[] ignoredPortIds) {
        if (bytes < Libc.pageBytes()) {
            return null;
        }
        try {
            return EventRing.attach(socket, Integer.highestOneBit(bytes), ignoredPortIds);
        } catch (NetlinkException e) {
            LOG.info(
                    "Every event is a system call, for the kernel shares no memory with this process: {}",
                    e.getMessage());
            return null;
        }
    }

    /** Length of the selection's part of the program; 0 if there is none, -1 if the kernel does not take it. */
    private static int filter(NetlinkSocket socket, int[] ignoredPortIds, Selection selection) throws NetlinkException {
        BpfProgram plain = EventFilter.ofPortIds(ignoredPortIds);
        BpfProgram whole = EventFilter.of(ignoredPortIds, selection);
        if (whole.size() > plain.size() && whole.size() <= BpfProgram.MAX_INSTRUCTIONS) {
            try {
                socket.attach(whole);
                return whole.size() - plain.size();
            } catch (NetlinkException e) {
                LOG.debug("the kernel does not take the filter's {} instructions: {}", whole.size(), e.getMessage());
            }
        }
        socket.attach(plain);
        return whole.size() > plain.size() ? -1 : 0;
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

    /**
     * Whether new entries are told of, as they are from the start. What was told before is read nevertheless. On the loop.
     *
     * @throws NetlinkException if the kernel does not change it; it is as before then
     */
    public void hearNew(boolean wanted) throws NetlinkException {
        if (!channel.isOpen()) {
            return;
        }
        if (wanted) {
            socket.join(Ctnetlink.NFNLGRP_CONNTRACK_NEW);
        } else {
            socket.leave(Ctnetlink.NFNLGRP_CONNTRACK_NEW);
        }
    }

    /** Reads for one turn what the kernel has told, without being woken; true if that was all. On the loop. */
    public boolean read() {
        return channel.read(BATCHES_PER_WAKE_UP);
    }

    /** So many turns of {@link #read} hear everything that the buffer can hold, whatever comes meanwhile. */
    public int turnsOfFullBuffer() {
        int most = receiveBufferBytes / LEAST_BUFFERED_BYTES + ringBytes / EventRing.LEAST_RECORD_BYTES;
        return most / DATAGRAMS_PER_BATCH / BATCHES_PER_WAKE_UP + 1;
    }

    /** Size of the memory that the kernel puts events into; 0 if it hands them over one by one. */
    public int ringBytes() {
        return ringBytes;
    }

    /** What the kernel granted: twice what was asked for, unless a limit was in the way. */
    public int receiveBufferBytes() {
        return receiveBufferBytes;
    }

    /** Length of what the selection became in the kernel; 0 if nothing of it can be decided there, -1 if it is too long. */
    public int filterInstructions() {
        return filterInstructions;
    }

    /** No more calls of the listener once this returns, unless it is called from within one: then after that one. */
    @Override
    public void close() {
        channel.close();
    }
}
