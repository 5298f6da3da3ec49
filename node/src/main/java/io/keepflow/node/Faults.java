package io.keepflow.node;

import org.jspecify.annotations.Nullable;

/** The last thing that went wrong, for an operator's eyes. */
final class Faults {
    /** What happened, and when by {@link System#nanoTime()}. */
    record Fault(String text, long nanos) {}

    private volatile @Nullable Fault last;

    void record(String text) {
        last = new Fault(text, System.nanoTime());
    }

    @Nullable
    Fault last() {
        return last;
    }
}
