package io.keepflow.node.netlink;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Dumps of a network namespace's expectations, one after the other over one socket: they are few, and asked for every second, so a
 * socket and a channel of its own for each would cost more than the dump. Single-threaded.
 *
 * <p>The kernel writes an answer inside the call that asks for it, so nothing is ever waited for.
 */
public final class ExpectationDump implements AutoCloseable {
    private static final String OPERATION = "expectation dump";

    /** The kernel fills at most 32 KiB at a time. */
    private static final int DATAGRAM_BYTES = 32 * 1024;

    private static final int REQUEST_BYTES = 64;

    private final NetlinkSocket socket;
    private final MemorySegment request;
    private final DatagramBatch received;
    private @Nullable FlowListener listener;
    private @Nullable DatagramDecoder decoder;

    private ExpectationDump(NetlinkSocket socket) {
        this.socket = socket;
        this.request = socket.allocate(REQUEST_BYTES);
        this.received = socket.newBatch(1, DATAGRAM_BYTES);
    }

    /** Opens a socket in the calling thread's network namespace. */
    public static ExpectationDump open() throws NetlinkException {
        NetlinkSocket socket = NetlinkSocket.open();
        try {
            socket.extendedAcknowledgements();
            return new ExpectationDump(socket);
        } catch (NetlinkException e) {
            socket.close();
            throw e;
        }
    }

    /**
     * Asks for all of them; a dump that has not ended is given up. {@code told} hears of them while they are {@link #read}.
     *
     * @throws NetlinkException when the request could not be sent
     */
    public void start(FlowListener told) throws NetlinkException {
        if (decoder != null) {
            giveUp();
        }
        MessageWriter writer = new MessageWriter(request);
        writer.begin(0, Ctnetlink.IPCTNL_MSG_EXP_GET, Netlink.NLM_F_REQUEST | Netlink.NLM_F_DUMP, 0, Netlink.AF_UNSPEC);
        int sent = socket.send(request, writer.end());
        if (sent < 0) {
            throw new NetlinkException(OPERATION, -sent);
        }
        listener = told;
        decoder = DatagramDecoder.ofDump(told);
    }

    /** Until there is nothing more of the dump, the kernel would refuse another. */
    private void giveUp() {
        int result;
        do {
            result = socket.receive(received);
        } while (result > 0 || result == -Errno.EINTR);
        decoder = null;
    }

    /** Tells of the next page, some hundred at most; true if the listener has heard {@code onEnd} or {@code onFailed}. */
    public boolean read() {
        DatagramDecoder current = decoder;
        FlowListener told = listener;
        if (current == null || told == null) {
            throw new IllegalStateException("no dump is under way");
        }
        int result = socket.receive(received);
        if (result == -Errno.EINTR) {
            return false;
        }
        if (result < 0) {
            told.onFailed(new NetlinkException(OPERATION, -result));
            return true;
        }
        if (received.senderPortId(0) != 0) {
            told.onMalformed("sent by a process, not by the kernel");
        } else if (received.isTruncated(0)) {
            told.onMalformed("datagram of more than " + DATAGRAM_BYTES + " bytes");
        } else {
            current.decode(received.memory(), received.offset(0), received.length(0));
        }
        if (current.isFinished()) {
            decoder = null;
            return true;
        }
        return false;
    }

    @Override
    public void close() {
        socket.close();
    }
}
