package io.keepflow.node.netlink;

import io.keepflow.protocol.Expectation;
import io.keepflow.protocol.Flow;
import java.lang.foreign.MemorySegment;

/**
 * Walks the {@code nlmsghdr}s of one datagram and hands each flow to the listener. Works on any memory, needs no socket;
 * allocates nothing unless a message is malformed.
 */
final class DatagramDecoder {
    private final FlowListener listener;
    private final boolean dump;
    private final FlowDecoder decoder;
    private final ExpectationDecoder expectations = new ExpectationDecoder();
    private final Flow flow = new Flow();
    private boolean interrupted;
    private boolean finished;

    private DatagramDecoder(FlowListener listener, boolean dump) {
        this.listener = listener;
        this.decoder = new FlowDecoder(listener.labels());
        this.dump = dump;
    }

    /** For a stream of events, which has no end. */
    static DatagramDecoder ofEvents(FlowListener listener) {
        return new DatagramDecoder(listener, false);
    }

    /** For the answer to a dump, which ends with {@code NLMSG_DONE}. */
    static DatagramDecoder ofDump(FlowListener listener) {
        return new DatagramDecoder(listener, true);
    }

    /** Nothing more is to be told: the dump has ended, or {@link #stop} was called. */
    boolean isFinished() {
        return finished;
    }

    /** Ends the telling, even in the middle of a datagram. */
    void stop() {
        finished = true;
    }

    void decode(MemorySegment memory, long offset, int length) {
        long end = offset + length;
        for (long at = offset; at < end && !finished; ) {
            if (end - at < Netlink.NLMSG_HDRLEN) {
                listener.onMalformed(
                        (end - at) + " stray bytes at offset " + (at - offset) + ", too few for a message");
                return;
            }
            int messageLength = Words.native32(memory, at + Netlink.NLMSG_LEN);
            if (messageLength < Netlink.NLMSG_HDRLEN || messageLength > end - at) {
                listener.onMalformed("message of " + Integer.toUnsignedString(messageLength) + " bytes at offset "
                        + (at - offset) + " where " + (end - at) + " are left");
                return;
            }
            message(memory, at, at + messageLength);
            at += Netlink.align(messageLength);
        }
    }

    private void message(MemorySegment memory, long at, long end) {
        int type = Words.native16(memory, at + Netlink.NLMSG_TYPE);
        int flags = Words.native16(memory, at + Netlink.NLMSG_FLAGS);
        interrupted |= (flags & Netlink.NLM_F_DUMP_INTR) != 0;
        switch (type) {
            case Ctnetlink.IPCTNL_MSG_CT_NEW -> flow(created(flags), memory, at, end);
            case Ctnetlink.IPCTNL_MSG_CT_DELETE -> flow(EventType.DESTROY, memory, at, end);
            case Ctnetlink.IPCTNL_MSG_EXP_NEW -> expectation(created(flags), memory, at, end);
            case Ctnetlink.IPCTNL_MSG_EXP_DELETE -> expectation(EventType.DESTROY, memory, at, end);
            case Netlink.NLMSG_NOOP -> {}
            case Netlink.NLMSG_DONE, Netlink.NLMSG_ERROR -> end(type, memory, at, end);
            default -> listener.onMalformed("message of unexpected type 0x" + Integer.toHexString(type));
        }
    }

    private EventType created(int flags) {
        if (dump) {
            return EventType.DUMP;
        }
        return (flags & Netlink.NLM_F_CREATE) != 0 ? EventType.NEW : EventType.UPDATE;
    }

    private void flow(EventType event, MemorySegment memory, long at, long end) {
        if (end - at < Netlink.NFGEN_HDRLEN) {
            listener.onMalformed("conntrack message of " + (end - at) + " bytes, shorter than its header");
            return;
        }
        int family = Words.u8(memory, at + Netlink.NFGEN_FAMILY);
        String malformed = decoder.decode(memory, at + Netlink.NFGEN_HDRLEN, end, family, flow);
        if (malformed != null) {
            listener.onMalformed(malformed);
        } else {
            listener.onFlow(event, flow, Words.native32(memory, at + Netlink.NLMSG_PID));
        }
    }

    private void expectation(EventType event, MemorySegment memory, long at, long end) {
        if (end - at < Netlink.NFGEN_HDRLEN) {
            listener.onMalformed("expectation message of " + (end - at) + " bytes, shorter than its header");
            return;
        }
        int family = Words.u8(memory, at + Netlink.NFGEN_FAMILY);
        Expectation expectation = expectations.decode(memory, at + Netlink.NFGEN_HDRLEN, end, family);
        if (expectation == null) {
            listener.onMalformed(expectations.reason());
        } else {
            listener.onExpectation(event, expectation, Words.native32(memory, at + Netlink.NLMSG_PID));
        }
    }

    private void end(int type, MemorySegment memory, long at, long end) {
        if (!dump) {
            listener.onMalformed("answer without a question, type " + type);
            return;
        }
        int errno = ErrorMessage.errno(memory, at, end);
        if (errno < 0) {
            listener.onMalformed("answer of type " + type + " without an error number");
        }
        finished = true;
        if (errno != 0) {
            listener.onFailed(ErrorMessage.exception("conntrack dump", memory, at, end));
        } else if (interrupted) {
            listener.onFailed(NetlinkException.interrupted("conntrack dump"));
        } else {
            listener.onEnd();
        }
    }
}
