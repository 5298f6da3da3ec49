package io.keepflow.node.table;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.keepflow.protocol.Tuple;
import java.lang.foreign.MemorySegment;

/**
 * The addresses of IPv6 flows, which do not fit into {@link FlowRecords}: off-heap places of {@value #BYTES} bytes, a cache line
 * each.
 *
 * <pre>
 *   0 original src high, low, dst high, low   32 reply src high, low, dst high, low
 * </pre>
 */
final class Ipv6Addresses {
    private static final int BYTES = 64;
    private static final long REPLY = 32;

    private final RecordPool pool = new RecordPool(BYTES);

    /** A place to {@link #store} in. */
    int take() {
        return pool.take();
    }

    void giveBack(int place) {
        pool.giveBack(place);
    }

    void store(int place, Tuple original, Tuple reply) {
        MemorySegment p = pool.page(place);
        long b = pool.base(place);
        store(p, b, original);
        store(p, b + REPLY, reply);
    }

    void load(int place, Tuple original, Tuple reply) {
        MemorySegment p = pool.page(place);
        long b = pool.base(place);
        load(p, b, original);
        load(p, b + REPLY, reply);
    }

    boolean sameOriginal(int place, Tuple original) {
        MemorySegment p = pool.page(place);
        long b = pool.base(place);
        return p.get(JAVA_LONG, b + 8) == original.srcLow
                && p.get(JAVA_LONG, b + 24) == original.dstLow
                && p.get(JAVA_LONG, b) == original.srcHigh
                && p.get(JAVA_LONG, b + 16) == original.dstHigh;
    }

    private static void store(MemorySegment p, long at, Tuple tuple) {
        p.set(JAVA_LONG, at, tuple.srcHigh);
        p.set(JAVA_LONG, at + 8, tuple.srcLow);
        p.set(JAVA_LONG, at + 16, tuple.dstHigh);
        p.set(JAVA_LONG, at + 24, tuple.dstLow);
    }

    private static void load(MemorySegment p, long at, Tuple tuple) {
        tuple.srcHigh = p.get(JAVA_LONG, at);
        tuple.srcLow = p.get(JAVA_LONG, at + 8);
        tuple.dstHigh = p.get(JAVA_LONG, at + 16);
        tuple.dstLow = p.get(JAVA_LONG, at + 24);
    }
}
