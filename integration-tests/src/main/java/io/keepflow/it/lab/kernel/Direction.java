package io.keepflow.it.lab.kernel;

import io.keepflow.protocol.Flow;
import io.keepflow.protocol.Tuple;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/** One direction of an entry: an unchanging copy of a {@link Tuple}. */
record Direction(long srcHigh, long srcLow, long dstHigh, long dstLow, int l4Src, int l4Dst) {
    static Direction of(Tuple tuple) {
        return new Direction(tuple.srcHigh, tuple.srcLow, tuple.dstHigh, tuple.dstLow, tuple.l4Src, tuple.l4Dst);
    }

    /** As the conntrack tool writes it. */
    String text(int family, int protocol) {
        String ends = "src=" + address(family, srcHigh, srcLow) + " dst=" + address(family, dstHigh, dstLow);
        return switch (protocol) {
            case Flow.ICMP, Flow.ICMPV6 -> ends + " type=" + (l4Dst >>> 8) + " code=" + (l4Dst & 0xff) + " id=" + l4Src;
            case Flow.GRE -> ends + " srckey=" + l4Src + " dstkey=" + l4Dst;
            default -> ends + " sport=" + l4Src + " dport=" + l4Dst;
        };
    }

    // The record's own would give neighbouring addresses and ports few different hashes.
    @Override
    public int hashCode() {
        long hash = mix(mix(mix(srcHigh) ^ srcLow) ^ dstHigh);
        return (int) (mix(mix(hash ^ dstLow) ^ ((long) l4Src << 32 | l4Dst)) >>> 32);
    }

    private static long mix(long value) {
        long spread = (value ^ value >>> 32) * 0x9e3779b97f4a7c15L;
        return spread ^ spread >>> 29;
    }

    private static String address(int family, long high, long low) {
        byte[] bytes = family == Flow.IPV4
                ? ByteBuffer.allocate(4).putInt((int) low).array()
                : ByteBuffer.allocate(16).putLong(high).putLong(low).array();
        try {
            return InetAddress.getByAddress(bytes).getHostAddress();
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }
}
