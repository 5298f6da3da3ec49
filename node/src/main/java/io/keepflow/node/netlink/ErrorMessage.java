package io.keepflow.node.netlink;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code NLMSG_ERROR} and {@code NLMSG_DONE}: both carry a negative errno; an error carries the header of the request too
 * and, with {@code NETLINK_EXT_ACK}, what the kernel has to say about it.
 */
final class ErrorMessage {
    private static final int ERRNO_BYTES = 4;

    private ErrorMessage() {}

    /** The positive errno, 0 for an acknowledgement, or -1 when the message is too short to have one. */
    static int errno(MemorySegment memory, long at, long end) {
        long value = at + Netlink.NLMSG_HDRLEN;
        if (end - value < ERRNO_BYTES) {
            return -1;
        }
        int errno = -Words.native32(memory, value);
        return errno < 0 ? Errno.EPROTO : errno;
    }

    static NetlinkException exception(String operation, MemorySegment memory, long at, long end) {
        int errno = Math.max(errno(memory, at, end), 0);
        int flags = Words.native16(memory, at + Netlink.NLMSG_FLAGS);
        if ((flags & Netlink.NLM_F_ACK_TLVS) == 0) {
            return new NetlinkException(operation, errno == 0 ? Errno.EPROTO : errno);
        }
        return withTlvs(operation, errno, memory, tlvs(memory, at, end, flags), end);
    }

    /** After the errno come the request's header, its payload unless {@code NLM_F_CAPPED}, and then the attributes. */
    private static long tlvs(MemorySegment memory, long at, long end, int flags) {
        long value = at + Netlink.NLMSG_HDRLEN + ERRNO_BYTES;
        if (Words.native16(memory, at + Netlink.NLMSG_TYPE) == Netlink.NLMSG_DONE) {
            return value;
        }
        if (end - value < Netlink.NLMSG_HDRLEN) {
            return end;
        }
        boolean capped = (flags & Netlink.NLM_F_CAPPED) != 0;
        int requestLength = capped ? Netlink.NLMSG_HDRLEN : Words.native32(memory, value + Netlink.NLMSG_LEN);
        return requestLength < 0 ? end : value + Netlink.align(requestLength);
    }

    private static NetlinkException withTlvs(String operation, int errno, MemorySegment memory, long from, long end) {
        AttributeCursor attributes = new AttributeCursor();
        attributes.start(memory, from);
        String text = null;
        int offset = -1;
        for (long at = from; at < end; ) {
            int length = attributes.length(at, end);
            if (length < 0) {
                break;
            }
            long value = at + Netlink.NLA_HDRLEN;
            int type = attributes.type(at);
            if (type == Netlink.NLMSGERR_ATTR_MSG) {
                text = text(memory, value, at + length);
            } else if (type == Netlink.NLMSGERR_ATTR_OFFS && attributes.sized(at, length, 4)) {
                offset = Words.native32(memory, value);
            }
            at += Netlink.align(length);
        }
        return NetlinkException.answered(operation, errno, text, offset);
    }

    private static @Nullable String text(MemorySegment memory, long from, long end) {
        byte[] bytes = new byte[(int) (end - from)];
        MemorySegment.copy(memory, from, MemorySegment.ofArray(bytes), 0, bytes.length);
        String text =
                new String(bytes, StandardCharsets.UTF_8).replace("\0", "").trim();
        return text.isEmpty() ? null : text;
    }
}
