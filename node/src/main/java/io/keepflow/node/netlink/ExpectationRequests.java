package io.keepflow.node.netlink;

import io.keepflow.protocol.Expectation;
import java.lang.foreign.MemorySegment;

/**
 * Requests about expectations into the kernel, one at a time, each with its answer: they are few. Single-threaded.
 *
 * <p>A delete always names its tuple: without one, the kernel would drop all expectations.
 */
public final class ExpectationRequests implements AutoCloseable {
    private static final int ANSWERS_PER_BATCH = 4;
    private static final int ANSWER_BYTES = 1024;

    private final NetlinkSocket socket;
    private final MemorySegment memory;
    private final ExpectationEncoder encoder;
    private final DatagramBatch received;
    private int sequence;

    private ExpectationRequests(NetlinkSocket socket) {
        this.socket = socket;
        this.memory = socket.allocate(ExpectationEncoder.MAX_REQUEST_BYTES);
        this.encoder = new ExpectationEncoder(memory);
        this.received = socket.newBatch(ANSWERS_PER_BATCH, ANSWER_BYTES);
    }

    /** Opens a socket in the calling thread's network namespace. */
    public static ExpectationRequests open() throws NetlinkException {
        NetlinkSocket socket = NetlinkSocket.open();
        try {
            socket.extendedAcknowledgements();
            return new ExpectationRequests(socket);
        } catch (NetlinkException e) {
            socket.close();
            throw e;
        }
    }

    /** The port id that the events carry which these requests cause. */
    public int portId() {
        return socket.portId();
    }

    /**
     * Creates the expectation, with its helper's timeout.
     *
     * @return 0 when the kernel did it, otherwise its errno; likewise below. ENOENT: no such master; EOPNOTSUPP: it has no helper
     */
    public int create(Expectation expectation) {
        return exchange(encoder.create(0, ++sequence, expectation));
    }

    /** Sets the timeout of the expectation. */
    public int arm(Expectation expectation, int timeoutSeconds) {
        return exchange(encoder.arm(0, ++sequence, expectation, timeoutSeconds));
    }

    public int delete(Expectation expectation) {
        return exchange(encoder.delete(0, ++sequence, expectation));
    }

    /** ctnetlink works inside {@code sendmsg}: the answer is there when it returns. */
    private int exchange(long length) {
        int sent = socket.send(memory, length);
        if (sent < 0) {
            return -sent;
        }
        while (true) {
            int result = socket.receive(received);
            if (result < 0 && result != -Errno.EINTR) {
                return -result;
            }
            for (int i = 0; i < received.size(); i++) {
                int errno = answer(received.offset(i), received.length(i), received.senderPortId(i));
                if (errno >= 0) {
                    return errno;
                }
            }
        }
    }

    /** The errno if the datagram answers the last request, otherwise -1. */
    private int answer(long at, int length, int senderPortId) {
        if (senderPortId != 0 || length < Netlink.NLMSG_HDRLEN) {
            return -1;
        }
        MemorySegment answers = received.memory();
        boolean isAnswer = Words.native16(answers, at + Netlink.NLMSG_TYPE) == Netlink.NLMSG_ERROR
                && Words.native32(answers, at + Netlink.NLMSG_SEQ) == sequence;
        return isAnswer ? ErrorMessage.errno(answers, at, at + length) : -1;
    }

    @Override
    public void close() {
        socket.close();
    }
}
