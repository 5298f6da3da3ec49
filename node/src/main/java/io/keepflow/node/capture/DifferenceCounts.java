package io.keepflow.node.capture;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** How often table and kernel differed in which way; counted by the node's thread, read by any. */
public final class DifferenceCounts {
    private final Map<Difference, LongAdder> counts = new EnumMap<>(Difference.class);

    DifferenceCounts() {
        for (Difference difference : Difference.values()) {
            counts.put(difference, new LongAdder());
        }
    }

    void count(Difference difference) {
        adder(difference).increment();
    }

    public long of(Difference difference) {
        return adder(difference).sum();
    }

    /** All of them now. */
    public Map<Difference, Long> all() {
        Map<Difference, Long> all = new EnumMap<>(Difference.class);
        counts.forEach((difference, count) -> all.put(difference, count.sum()));
        return all;
    }

    private LongAdder adder(Difference difference) {
        LongAdder adder = counts.get(difference);
        if (adder == null) {
            throw new IllegalArgumentException(String.valueOf(difference));
        }
        return adder;
    }
}
