package io.keepflow.node.netlink;

import io.keepflow.protocol.Flow;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Batched requests into the kernel's conntrack table, and its answer to each. ctnetlink works inside {@code sendmsg}, so the
 * answers can be read right after it. Single-threaded.
 *
 * <p>Only the last request of a batch asks for an acknowledgement: the kernel answers every failure anyway, in order, so when
 * the last answer is there, whoever was not named has succeeded.
 */
public final class ConntrackRequests implements AutoCloseable {
    static final int MAX_PENDING = 128;

    private static final int NOT_ANSWERED = -1;
    private static final int ANSWERS_PER_BATCH = 64;
    private static final int ANSWER_BYTES = 1024;
    private static final int RECEIVE_BUFFER_BYTES = 1 << 20;

    private final NetlinkSocket socket;
    private final MemorySegment memory;
    private final FlowEncoder encoder;
    private final DatagramBatch received;
    private final int[] errnos = new int[MAX_PENDING];
    private long[] cookies = new long[MAX_PENDING];
    private long[] spareCookies = new long[MAX_PENDING];
    private int pending;
    private int firstSequence = 1;
    private long lastRequest;
    private long position;
    private boolean flushing;

    private ConntrackRequests(NetlinkSocket socket, LabelMask labelMask) {
        this.socket = socket;
        this.memory = socket.allocate((long) MAX_PENDING * FlowEncoder.MAX_REQUEST_BYTES);
        this.encoder = new FlowEncoder(memory, labelMask);
        this.received = socket.newBatch(ANSWERS_PER_BATCH, ANSWER_BYTES);
    }

    /** The same, of requests that restore no labels. */
    public static ConntrackRequests open() throws NetlinkException {
        return open(LabelMask.NONE);
    }

    /** Opens a socket in the calling thread's network namespace; {@code labelMask} says which labels are restored. */
    public static ConntrackRequests open(LabelMask labelMask) throws NetlinkException {
        NetlinkSocket socket = NetlinkSocket.open();
        try {
            socket.extendedAcknowledgements();
            socket.receiveBuffer(RECEIVE_BUFFER_BYTES);
            return new ConntrackRequests(socket, labelMask);
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
     * Adds the creation of {@code flow}, which must have its reply tuple. NAT is restored so that it translates.
     *
     * @param cookie handed back with the answer; likewise below
     * @return false when the batch is full: {@link #flush} first; likewise below
     */
    public boolean create(Flow flow, int timeoutSeconds, long cookie) {
        requireReply(flow);
        return hasRoom(flow) && added(encoder.create(position, nextSequence(), flow, timeoutSeconds), cookie);
    }

    /**
     * Adds an update of status, timeout, mark and, if asked for, protocol state. A flow with {@code IPS_FIXED_TIMEOUT} keeps
     * its timeout: the kernel refuses to change it.
     */
    public boolean update(Flow flow, int timeoutSeconds, boolean withProtoinfo, long cookie) {
        return hasRoom(flow)
                && added(encoder.update(position, nextSequence(), flow, timeoutSeconds, withProtoinfo), cookie);
    }

    /** Adds an update of the timeout only. */
    public boolean refresh(Flow flow, int timeoutSeconds, long cookie) {
        return hasRoom(flow) && added(encoder.refresh(position, nextSequence(), flow, timeoutSeconds), cookie);
    }

    /** Adds the deletion of the entry with this original tuple and zone. */
    public boolean delete(Flow flow, long cookie) {
        return hasRoom(flow) && added(namesATuple(encoder.delete(position, nextSequence(), flow)), cookie);
    }

    /** Adds the deletion of the entry, whichever it is, that has the flow's reply tuple in either direction. */
    public boolean deleteByReply(Flow flow, long cookie) {
        requireReply(flow);
        return hasRoom(flow) && added(namesATuple(encoder.deleteByReply(position, nextSequence(), flow)), cookie);
    }

    /** Requests added and not yet flushed. */
    public int pending() {
        return pending;
    }

    /** What the kernel said to a request. */
    @FunctionalInterface
    public interface Answers {
        /** {@code errno} is 0 when the kernel did it, otherwise why not ({@link Errno#name}). */
        void onAnswer(long cookie, int errno);
    }

    /**
     * Sends all pending requests and calls {@code answers} exactly once for each, in their order. The callback may add
     * requests, which wait for the next flush.
     *
     * @throws NetlinkException when the socket failed; requests without an answer have been reported with its errno
     */
    public void flush(Answers answers) throws NetlinkException {
        if (flushing) {
            throw new IllegalStateException("flush within flush: add requests and flush them afterwards");
        }
        if (pending == 0) {
            return;
        }
        int count = pending;
        int failure = exchange(count);
        long[] answered = startNextBatch(count);
        flushing = true;
        try {
            for (int i = 0; i < count; i++) {
                answers.onAnswer(answered[i], errnos[i] == NOT_ANSWERED ? failure : errnos[i]);
            }
        } finally {
            flushing = false;
        }
        if (failure != 0) {
            throw new NetlinkException("conntrack requests", failure);
        }
    }

    @Override
    public void close() {
        socket.close();
    }

    /** Returns 0 when every request has its answer in {@link #errnos}, otherwise the errno of the socket's failure. */
    private int exchange(int count) {
        Arrays.fill(errnos, 0, count, NOT_ANSWERED);
        int flags = Words.native16(memory, lastRequest + Netlink.NLMSG_FLAGS);
        Words.putNative16(memory, lastRequest + Netlink.NLMSG_FLAGS, flags | Netlink.NLM_F_ACK);
        int sent = socket.send(memory, position);
        if (sent < 0) {
            return -sent;
        }
        while (errnos[count - 1] == NOT_ANSWERED) {
            int result = socket.receive(received);
            if (result < 0 && result != -Errno.EINTR) {
                return result == -Errno.EAGAIN ? missingAnswer(count) : -result;
            }
            for (int i = 0; i < received.size(); i++) {
                answers(i, count);
            }
        }
        for (int i = 0; i < count; i++) {
            errnos[i] = Math.max(errnos[i], 0);
        }
        return 0;
    }

    /** The kernel answers only the first request of a sender without privilege. */
    private int missingAnswer(int count) {
        for (int i = 0; i < count; i++) {
            if (errnos[i] > 0) {
                return errnos[i];
            }
        }
        return Errno.EPROTO;
    }

    private void answers(int datagram, int count) {
        long at = received.offset(datagram);
        long end = at + received.length(datagram);
        if (received.senderPortId(datagram) != 0 || received.isTruncated(datagram)) {
            return;
        }
        while (end - at >= Netlink.NLMSG_HDRLEN) {
            int length = Words.native32(received.memory(), at + Netlink.NLMSG_LEN);
            if (length < Netlink.NLMSG_HDRLEN || length > end - at) {
                return;
            }
            int errno = ErrorMessage.errno(received.memory(), at, at + length);
            int index = Words.native32(received.memory(), at + Netlink.NLMSG_SEQ) - firstSequence;
            boolean error =
                    Words.native16(received.memory(), at + Netlink.NLMSG_TYPE) == Netlink.NLMSG_ERROR && errno >= 0;
            if (error && index >= 0 && index < count) {
                errnos[index] = errno;
            }
            at += Netlink.align(length);
        }
    }

    /** Empties the batch; returns the cookies of the one that was sent. */
    private long[] startNextBatch(int count) {
        long[] sent = cookies;
        cookies = spareCookies;
        spareCookies = sent;
        firstSequence += count;
        pending = 0;
        position = 0;
        return sent;
    }

    private boolean hasRoom(Flow flow) {
        if (flow.family != Flow.IPV4 && flow.family != Flow.IPV6) {
            throw new IllegalArgumentException("flow of family " + flow.family + ": neither AF_INET nor AF_INET6");
        }
        return pending < MAX_PENDING;
    }

    private int nextSequence() {
        return firstSequence + pending;
    }

    private boolean added(long end, long cookie) {
        lastRequest = position;
        position = end;
        cookies[pending++] = cookie;
        return true;
    }

    private static void requireReply(Flow flow) {
        if (!flow.has(Flow.HAS_REPLY)) {
            throw new IllegalArgumentException("flow without its reply tuple");
        }
    }

    /** A delete without a tuple flushes the whole table: looks at the very bytes before they can be sent. */
    private long namesATuple(long end) {
        long attribute = position + Netlink.NFGEN_HDRLEN;
        int type = Words.native16(memory, attribute + Netlink.NLA_TYPE) & Netlink.NLA_TYPE_MASK;
        boolean tuple = type == Ctnetlink.CTA_TUPLE_ORIG || type == Ctnetlink.CTA_TUPLE_REPLY;
        if (!tuple || Words.native16(memory, attribute + Netlink.NLA_LEN) <= Netlink.NLA_HDRLEN) {
            throw new IllegalStateException("a delete without a tuple would flush the whole conntrack table");
        }
        return end;
    }
}
