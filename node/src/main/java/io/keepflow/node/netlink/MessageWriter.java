package io.keepflow.node.netlink;

import io.keepflow.protocol.HelperName;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/** Writes one nfnetlink message with its attributes into native memory. */
final class MessageWriter {
    private final MemorySegment memory;
    private long start;
    private long position;

    MessageWriter(MemorySegment memory) {
        this.memory = memory;
    }

    /** Starts a message at {@code offset}: {@code nlmsghdr} and {@code nfgenmsg}. */
    void begin(long offset, int type, int flags, int sequence, int family) {
        start = offset;
        Words.putNative16(memory, offset + Netlink.NLMSG_TYPE, type);
        Words.putNative16(memory, offset + Netlink.NLMSG_FLAGS, flags);
        Words.putNative32(memory, offset + Netlink.NLMSG_SEQ, sequence);
        Words.putNative32(memory, offset + Netlink.NLMSG_PID, 0);
        Words.putBe32(memory, offset + Netlink.NFGEN_FAMILY, family << 24);
        position = offset + Netlink.NFGEN_HDRLEN;
    }

    /** Ends the message; returns where the next one may start. */
    long end() {
        Words.putNative32(memory, start + Netlink.NLMSG_LEN, (int) (position - start));
        return position;
    }

    /** Opens a nested attribute; returns what {@link #endNested} needs. */
    long beginNested(int type) {
        long at = position;
        Words.putNative16(memory, at + Netlink.NLA_TYPE, type | Netlink.NLA_F_NESTED);
        position = at + Netlink.NLA_HDRLEN;
        return at;
    }

    void endNested(long at) {
        Words.putNative16(memory, at + Netlink.NLA_LEN, (int) (position - at));
    }

    void u8(int type, int value) {
        Words.putBe32(memory, header(type, 1), value << 24);
    }

    /** Two bytes side by side, such as {@code struct nf_ct_tcp_flags}. */
    void bytes(int type, int first, int second) {
        Words.putBe32(memory, header(type, 2), (first << 24) | ((second & 0xff) << 16));
    }

    void be16(int type, int value) {
        Words.putBe32(memory, header(type, 2), value << 16);
    }

    void native32(int type, int value) {
        Words.putNative32(memory, header(type, 4), value);
    }

    void be32(int type, int value) {
        Words.putBe32(memory, header(type, 4), value);
    }

    /** A terminated string. */
    void string(int type, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        long value = header(type, bytes.length + 1);
        for (int i = 0; i < bytes.length; i++) {
            Words.putU8(memory, value + i, bytes[i]);
        }
        for (long at = value + bytes.length; at < position; at++) {
            Words.putU8(memory, at, 0);
        }
    }

    void be128(int type, long high, long low) {
        long value = header(type, 16);
        Words.putBe64(memory, value, high);
        Words.putBe64(memory, value + 8, low);
    }

    /** A name with its zero byte. */
    void name(int type, HelperName name) {
        int length = name.length();
        long value = header(type, length + 1);
        for (int i = 0; i < Netlink.align(length + 1); i++) {
            Words.putU8(memory, value + i, name.at(i));
        }
    }

    private long header(int type, int bytes) {
        long at = position;
        Words.putNative16(memory, at + Netlink.NLA_LEN, Netlink.NLA_HDRLEN + bytes);
        Words.putNative16(memory, at + Netlink.NLA_TYPE, type);
        position = at + Netlink.NLA_HDRLEN + Netlink.align(bytes);
        return at + Netlink.NLA_HDRLEN;
    }
}
