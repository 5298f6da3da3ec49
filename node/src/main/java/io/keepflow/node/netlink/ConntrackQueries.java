package io.keepflow.node.netlink;

import io.keepflow.protocol.Flow;
import java.lang.foreign.MemorySegment;

/**
 * Questions for single entries of the kernel's table. ctnetlink answers inside {@code sendmsg}, so all answers are there when the
 * batch has been sent. Single-threaded.
 */
public final class ConntrackQueries implements AutoCloseable {
    private static final int MAX_PENDING = 64;
    private static final int QUERY_BYTES = 128;
    private static final int ANSWER_BYTES = 2048;
    private static final int RECEIVE_BUFFER_BYTES = 1 << 20;

    private final NetlinkSocket socket;
    private final MemorySegment memory;
    private final FlowEncoder encoder;
    private final DatagramBatch received;
    private final DatagramDecoder decoder;
    private int pending;
    private long position;

    private ConntrackQueries(NetlinkSocket socket, FlowListener listener) {
        this.socket = socket;
        memory = socket.allocate((long) MAX_PENDING * QUERY_BYTES);
        encoder = new FlowEncoder(memory, LabelMask.NONE);
        received = socket.newBatch(MAX_PENDING, ANSWER_BYTES);
        decoder = DatagramDecoder.ofAnswers(listener);
    }

    /** Opens a socket in the calling thread's network namespace; {@code listener} hears of each entry as of one in a dump. */
    public static ConntrackQueries open(FlowListener listener) throws NetlinkException {
        NetlinkSocket socket = NetlinkSocket.open();
        try {
            socket.receiveBuffer(RECEIVE_BUFFER_BYTES);
            return new ConntrackQueries(socket, listener);
        } catch (NetlinkException e) {
            socket.close();
            throw e;
        }
    }

    /** Adds the question for the entry of this identity; false if the batch is full: {@link #flush} first. */
    public boolean ask(Flow flow) {
        if (pending == MAX_PENDING) {
            return false;
        }
        position = encoder.get(position, ++pending, flow);
        return true;
    }

    /** Asks, and tells the listener the answers. An entry that is not there any more gives none. */
    public void flush() throws NetlinkException {
        if (pending == 0) {
            return;
        }
        long length = position;
        pending = 0;
        position = 0;
        int sent = socket.send(memory, length);
        if (sent < 0) {
            throw new NetlinkException("conntrack queries", -sent);
        }
        for (int result = socket.receive(received); result > 0; result = socket.receive(received)) {
            for (int i = 0; i < received.size(); i++) {
                if (received.senderPortId(i) == 0 && !received.isTruncated(i)) {
                    decoder.decode(received.memory(), received.offset(i), received.length(i));
                }
            }
        }
    }

    @Override
    public void close() {
        socket.close();
    }
}
