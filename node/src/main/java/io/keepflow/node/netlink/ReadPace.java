package io.keepflow.node.netlink;

import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * How soon after one wake-up the next may read, as a network card moderates its interrupts. What comes alone is read at once. The
 * more a wake-up found, the later the next, so that its price, several system calls and a datagram on the sync link, is shared by
 * about {@value #ENOUGH} events: at 20,000 a second that takes the longest rest; below, the rest shrinks to almost nothing; above, as
 * many gather sooner.
 */
final class ReadPace {
    /** Reads at once, always. */
    static final ReadPace NONE = new ReadPace(0, System::nanoTime, LockSupport::parkNanos);

    static final long NANOS_PER_DATAGRAM = 50_000;

    /** To share a wake-up among more saves little, and is felt in the replication's delay. */
    static final int ENOUGH = 20;

    static final long MAX_REST_NANOS = ENOUGH * NANOS_PER_DATAGRAM;

    /** At the highest rates a shorter rest only takes from the processor what the events need. */
    static final long MIN_BUSY_REST_NANOS = 300_000;

    private static final long SPAN_NANOS = 10_000_000;

    private final long maxRestNanos;
    private final LongSupplier nanoTime;
    private final LongConsumer sleep;
    private long readNanos;
    private long restNanos;
    private long countedSince;
    private long counted;
    private long longestRest;

    ReadPace(long maxRestNanos, LongSupplier nanoTime, LongConsumer sleep) {
        this.maxRestNanos = maxRestNanos;
        this.nanoTime = nanoTime;
        this.sleep = sleep;
        this.longestRest = maxRestNanos;
    }

    static ReadPace ofEvents() {
        return new ReadPace(MAX_REST_NANOS, System::nanoTime, LockSupport::parkNanos);
    }

    /** Returns when it is time to read, at most the longest rest later. */
    void await() {
        if (restNanos == 0) {
            return;
        }
        long early = readNanos + restNanos - nanoTime.getAsLong();
        if (early > 0) {
            sleep.accept(early);
        }
    }

    /** The wake-up has found so many datagrams; 0 if there may be more, which do not wait. */
    void found(int datagrams) {
        if (maxRestNanos == 0) {
            return;
        }
        readNanos = nanoTime.getAsLong();
        restNanos = Math.min(datagrams * NANOS_PER_DATAGRAM, longestRest(datagrams));
    }

    /** Until enough will have come, at the rate of the last milliseconds: what is on the way comes in clusters. */
    private long longestRest(int datagrams) {
        counted += datagrams;
        long span = readNanos - countedSince;
        if (span >= SPAN_NANOS) {
            longestRest = Math.clamp(
                    counted == 0 ? maxRestNanos : span * ENOUGH / counted, MIN_BUSY_REST_NANOS, maxRestNanos);
            countedSince = readNanos;
            counted = 0;
        }
        return longestRest;
    }
}
