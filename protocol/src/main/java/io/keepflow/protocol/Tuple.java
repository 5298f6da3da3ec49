package io.keepflow.protocol;

/**
 * One direction of a flow, as the kernel's {@code nf_conntrack_tuple} has it: mutable, reused, plain fields on purpose.
 *
 * <p>Addresses are two big-endian 64-bit halves; an IPv4 address is {@code (0, unsigned 32 bit)}.
 *
 * <p>{@code l4Src} and {@code l4Dst} (unsigned 16 bit) mean, by protocol: TCP, UDP, UDPlite, SCTP: the ports; GRE: the call
 * keys; ICMP, ICMPv6: {@code l4Src} is the id and {@code l4Dst} is {@code type << 8 | code}; any other protocol: zero.
 */
public final class Tuple {
    public long srcHigh;
    public long srcLow;
    public long dstHigh;
    public long dstLow;
    public int l4Src;
    public int l4Dst;

    public void clear() {
        srcHigh = srcLow = dstHigh = dstLow = 0;
        l4Src = l4Dst = 0;
    }

    public void set(Tuple other) {
        srcHigh = other.srcHigh;
        srcLow = other.srcLow;
        dstHigh = other.dstHigh;
        dstLow = other.dstLow;
        l4Src = other.l4Src;
        l4Dst = other.l4Dst;
    }

    public boolean sameAs(Tuple other) {
        return srcHigh == other.srcHigh
                && srcLow == other.srcLow
                && dstHigh == other.dstHigh
                && dstLow == other.dstLow
                && l4Src == other.l4Src
                && l4Dst == other.l4Dst;
    }
}
