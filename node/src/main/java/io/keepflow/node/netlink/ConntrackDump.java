package io.keepflow.node.netlink;

import io.netty.channel.EventLoop;
import java.lang.foreign.MemorySegment;

/**
 * One dump of a network namespace's whole conntrack table, IPv4 and IPv6, in slices between the loop's other work. Ends by
 * itself: the listener hears {@code onEnd} or {@code onFailed} exactly once, unless it was closed before.
 */
public final class ConntrackDump implements AutoCloseable {
    private static final String OPERATION = "conntrack dump";

    /**
     * The kernel fills as much as there is room for, some 20 entries, at a time, and lets nothing else have that processor meanwhile if it
     * is not a preemptible one.
     */
    private static final int DATAGRAM_BYTES = 4 * 1024;

    private static final int DATAGRAMS_PER_BATCH = 4;
    private static final int BATCHES_PER_WAKE_UP = 1;
    private static final int REQUEST_BYTES = 128;

    private final FlowChannel channel;

    private ConntrackDump(FlowChannel channel) {
        this.channel = channel;
    }

    /** Asks for the table of the calling thread's network namespace; the answer is read on {@code loop}. */
    public static ConntrackDump start(EventLoop loop, FlowListener listener) throws NetlinkException {
        FlowChannel.requireNetlink(loop);
        NetlinkSocket socket = NetlinkSocket.open();
        try {
            return new ConntrackDump(attach(socket, DumpScope.ALL.getFirst(), loop, listener));
        } catch (NetlinkException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /** Asks for this part of the table; from now on the channel owns the socket. */
    static FlowChannel attach(NetlinkSocket socket, DumpScope scope, EventLoop loop, FlowListener listener)
            throws NetlinkException {
        socket.extendedAcknowledgements();
        request(socket, scope);
        DatagramBatch batch = socket.newBatch(DATAGRAMS_PER_BATCH, DATAGRAM_BYTES);
        NetlinkChannel channel = new NetlinkChannel(socket, batch, BATCHES_PER_WAKE_UP, ReadPace.none(), null);
        return FlowChannel.attach(channel, loop, OPERATION, listener, DatagramDecoder.ofDump(listener));
    }

    private static void request(NetlinkSocket socket, DumpScope scope) throws NetlinkException {
        MemorySegment request = socket.allocate(REQUEST_BYTES);
        MessageWriter writer = new MessageWriter(request);
        int flags = Netlink.NLM_F_REQUEST | Netlink.NLM_F_DUMP;
        writer.begin(0, Ctnetlink.IPCTNL_MSG_CT_GET, flags, 0, scope.family());
        scope.write(writer);
        int sent = socket.send(request, writer.end());
        if (sent < 0) {
            throw new NetlinkException(OPERATION, -sent);
        }
    }

    /** Gives the dump up; the listener hears no more of it. */
    @Override
    public void close() {
        channel.close();
    }
}
