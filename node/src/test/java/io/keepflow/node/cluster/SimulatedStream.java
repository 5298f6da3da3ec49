package io.keepflow.node.cluster;

import java.util.TreeMap;
import java.util.function.Consumer;

/** What one member has of another's broadcasts: handed out in order, gaps asked for again. */
final class SimulatedStream {
    private static final long UNKNOWN = 0;
    private static final int AHEAD = 4096;
    private static final int NAK_RANGE = 128;
    private static final long NAK_INTERVAL_NANOS = 60_000_000L;

    private final TreeMap<Long, byte[]> waiting = new TreeMap<>();
    private long next = UNKNOWN;
    private long highest;
    private long askedNanos = Long.MIN_VALUE / 2;

    /** The member is not in the view (any more): what comes from now on waits for a view that has it. */
    void close() {
        next = UNKNOWN;
        waiting.clear();
    }

    boolean isOpen() {
        return next != UNKNOWN;
    }

    long next() {
        return next;
    }

    /** The first number that this member is to get, and the last that was sent. */
    void open(long from, long last) {
        next = Math.max(next, from);
        waiting.headMap(next).clear();
        highest = Math.max(highest, last);
    }

    void onBroadcast(long number, byte[] payload) {
        if (number >= next && waiting.size() < AHEAD) {
            waiting.putIfAbsent(number, payload);
        }
        highest = Math.max(highest, number);
    }

    boolean deliver(Consumer<byte[]> listener) {
        boolean any = false;
        while (isOpen() && !waiting.isEmpty() && waiting.firstKey() == next) {
            next++;
            listener.accept(waiting.pollFirstEntry().getValue());
            any = true;
        }
        return any;
    }

    /** The first missing number if it is time to ask for it; else 0. */
    long missingFrom(long nanos) {
        boolean isMissing = isOpen() && highest >= next && !waiting.containsKey(next);
        if (!isMissing || nanos - askedNanos < NAK_INTERVAL_NANOS) {
            return 0;
        }
        askedNanos = nanos;
        return next;
    }

    /** The last number to ask for. */
    long missingTo() {
        long known = waiting.isEmpty() ? highest : waiting.firstKey() - 1;
        return Math.min(known, next + NAK_RANGE);
    }
}
