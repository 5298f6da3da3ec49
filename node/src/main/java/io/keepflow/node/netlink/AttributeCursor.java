package io.keepflow.node.netlink;

import java.lang.foreign.MemorySegment;

/** Checks {@code struct nlattr} headers, and remembers what was wrong with the first bad one. */
final class AttributeCursor {
    private MemorySegment memory = MemorySegment.NULL;
    private long origin;
    private String reason = "";

    /** Offsets in reasons count from {@code origin}. */
    void start(MemorySegment memory, long origin) {
        this.memory = memory;
        this.origin = origin;
    }

    MemorySegment memory() {
        return memory;
    }

    String reason() {
        return reason;
    }

    /** {@code nla_len} of the attribute at {@code at} if it ends at or before {@code to}; otherwise -1. */
    int length(long at, long to) {
        long left = to - at;
        int length = left < Netlink.NLA_HDRLEN ? 0 : Words.native16(memory, at + Netlink.NLA_LEN);
        if (length < Netlink.NLA_HDRLEN || length > left) {
            reason = "attribute of " + length + " bytes where " + left + " are left" + where(at);
            return -1;
        }
        return length;
    }

    /** {@code nla_type} without its flags. */
    int type(long at) {
        return Words.native16(memory, at + Netlink.NLA_TYPE) & Netlink.NLA_TYPE_MASK;
    }

    /** Whether the attribute's payload has exactly {@code bytes}. */
    boolean sized(long at, int length, int bytes) {
        if (length - Netlink.NLA_HDRLEN == bytes) {
            return true;
        }
        int actual = length - Netlink.NLA_HDRLEN;
        return reject("attribute " + type(at) + " has " + actual + " bytes, not " + bytes, at);
    }

    /** The meaning of the attributes is wrong, not their shape. */
    boolean reject(String why, long at) {
        reason = why + where(at);
        return false;
    }

    private String where(long at) {
        return " at offset " + (at - origin);
    }
}
