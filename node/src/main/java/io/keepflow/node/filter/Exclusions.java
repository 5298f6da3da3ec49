package io.keepflow.node.filter;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** Flows that were left out or held back, by reason; counted by the node's thread, read by any. */
public final class Exclusions {
    private final LongAdder[] counts;

    public Exclusions(Selection selection) {
        counts = new LongAdder[selection.decisions()];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = new LongAdder();
        }
    }

    public void count(int decision) {
        counts[decision].increment();
    }

    public long of(int decision) {
        return counts[decision].sum();
    }

    /** By the names of {@link Selection#reason}. */
    public Map<String, Long> byReason() {
        Map<String, Long> all = new LinkedHashMap<>();
        for (int i = Selection.ADMITTED + 1; i < counts.length; i++) {
            all.put(Selection.reason(i), counts[i].sum());
        }
        return all;
    }
}
