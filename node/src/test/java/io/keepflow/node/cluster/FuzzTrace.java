package io.keepflow.node.cluster;

import java.util.ArrayList;
import java.util.List;

/** What happened in a run: all of it as one number, by which two runs are compared, and as lines, steps only or everything. */
final class FuzzTrace {
    private final SimulatedClock clock;
    final boolean isFull;
    private final List<String> lines = new ArrayList<>();
    private long hash;

    FuzzTrace(SimulatedClock clock, boolean isFull) {
        this.clock = clock;
        this.isFull = isFull;
    }

    /** A step, or what it came to. */
    void step(String text) {
        mix(text.hashCode());
        lines.add("%10.2f  %s".formatted(clock.nanos() / 1e9, text));
    }

    /** Something that the nodes did. */
    void detail(String node, String format, Object... arguments) {
        if (isFull) {
            lines.add("%10.2f      %s %s".formatted(clock.nanos() / 1e9, node, format.formatted(arguments)));
        }
    }

    void mix(long value) {
        hash = (hash ^ value ^ clock.nanos()) * 0x9e3779b97f4a7c15L;
        hash ^= hash >>> 29;
    }

    long hash() {
        return hash;
    }

    List<String> lines() {
        return lines;
    }
}
