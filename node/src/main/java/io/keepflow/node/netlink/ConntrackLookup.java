package io.keepflow.node.netlink;

import io.keepflow.protocol.Flow;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** {@link FlowLookup} by ctnetlink: many {@code IPCTNL_MSG_CT_GET} in one datagram, each answered by the entry or an errno. */
public final class ConntrackLookup implements FlowLookup, AutoCloseable {
    static final int MAX_PENDING = 64;

    private static final String OPERATION = "conntrack look-up";
    private static final int NOT_ANSWERED = -1;
    private static final int ANSWERS_PER_BATCH = 32;
    private static final int ANSWER_BYTES = 4096;
    private static final int RECEIVE_BUFFER_BYTES = 1 << 20;

    private final NetlinkSocket socket;
    private final MemorySegment memory;
    private final FlowEncoder encoder;
    private final DatagramBatch received;
    private final FlowDecoder decoder;
    private final Flow entry = new Flow();
    private final long[] cookies = new long[MAX_PENDING];
    private final boolean[] answered = new boolean[MAX_PENDING];
    private int pending;
    private int left;
    private int refusal;
    private int firstSequence = 1;
    private long position;

    private ConntrackLookup(NetlinkSocket socket, LabelMask labelMask) {
        this.socket = socket;
        this.memory = socket.allocate((long) MAX_PENDING * FlowEncoder.MAX_REQUEST_BYTES);
        this.encoder = new FlowEncoder(memory, labelMask);
        this.decoder = new FlowDecoder(labelMask);
        this.received = socket.newBatch(ANSWERS_PER_BATCH, ANSWER_BYTES);
    }

    /** Opens a socket in the calling thread's network namespace; of labels the answers have the bits in {@code labelMask}. */
    public static ConntrackLookup open(LabelMask labelMask) throws NetlinkException {
        NetlinkSocket socket = NetlinkSocket.open();
        try {
            socket.extendedAcknowledgements();
            socket.receiveBuffer(RECEIVE_BUFFER_BYTES);
            return new ConntrackLookup(socket, labelMask);
        } catch (NetlinkException e) {
            socket.close();
            throw e;
        }
    }

    @Override
    public boolean add(Flow flow, long cookie) {
        if (pending == MAX_PENDING) {
            return false;
        }
        position = encoder.get(position, firstSequence + pending, flow);
        cookies[pending++] = cookie;
        return true;
    }

    /** {@inheritDoc} The answers must not ask: the next questions may follow once this has returned. */
    @Override
    public void flush(Answers answers) throws NetlinkException {
        if (pending == 0) {
            return;
        }
        try {
            int failure = ask(answers);
            if (failure != 0) {
                throw new NetlinkException(OPERATION, failure);
            }
        } finally {
            discard();
        }
    }

    @Override
    public void discard() {
        firstSequence += pending;
        pending = 0;
        position = 0;
    }

    private int ask(Answers answers) {
        Arrays.fill(answered, 0, pending, false);
        left = pending;
        int failure = exchange(answers);
        for (int i = 0; i < pending; i++) {
            if (!answered[i]) {
                answers.onAnswer(cookies[i], failure, entry);
            }
        }
        return failure;
    }

    @Override
    public void close() {
        socket.close();
    }

    /** Returns 0 when every question has its answer, otherwise the errno of the socket's failure. */
    private int exchange(Answers answers) {
        // The kernel answers only the first question of a sender without privilege.
        refusal = Errno.EPROTO;
        int sent = socket.send(memory, position);
        if (sent < 0) {
            return -sent;
        }
        while (left > 0) {
            int result = socket.receive(received);
            if (result < 0 && result != -Errno.EINTR) {
                return result == -Errno.EAGAIN ? refusal : -result;
            }
            for (int i = 0; i < received.size(); i++) {
                datagram(i, answers);
            }
        }
        return 0;
    }

    private void datagram(int datagram, Answers answers) {
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
            int index = Words.native32(received.memory(), at + Netlink.NLMSG_SEQ) - firstSequence;
            if (index >= 0 && index < pending && !answered[index]) {
                int errno = message(at, at + length);
                if (errno != NOT_ANSWERED) {
                    answered[index] = true;
                    left--;
                    refusal = errno == Errno.EPERM ? errno : refusal;
                    answers.onAnswer(cookies[index], errno, entry);
                }
            }
            at += Netlink.align(length);
        }
    }

    /** 0 with the entry filled, an errno, or {@link #NOT_ANSWERED} if the message is no answer. */
    private int message(long at, long end) {
        MemorySegment from = received.memory();
        int type = Words.native16(from, at + Netlink.NLMSG_TYPE);
        if (type == Netlink.NLMSG_ERROR) {
            int errno = ErrorMessage.errno(from, at, end);
            return errno > 0 ? errno : NOT_ANSWERED;
        }
        if (type != Ctnetlink.IPCTNL_MSG_CT_NEW || end - at < Netlink.NFGEN_HDRLEN) {
            return NOT_ANSWERED;
        }
        int family = Words.u8(from, at + Netlink.NFGEN_FAMILY);
        return decoder.decode(from, at + Netlink.NFGEN_HDRLEN, end, family, entry) == null ? 0 : Errno.EPROTO;
    }
}
