package io.keepflow.node.netlink;

import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * How soon after one wake-up the next may read, as a network card moderates its interrupts: the more the last one found, the later.
 * What comes alone is read at once. At a rate above one in {@value #NANOS_PER_DATAGRAM} ns the rest grows to its limit, and a
 * wake-up's price, several system calls and a datagram on the sync link, is shared by all that has gathered; below, it shrinks
 * to almost nothing.
 */
final class ReadPace {
    /** Reads at once, always. */
    static final ReadPace NONE = new ReadPace(0, System::nanoTime, LockSupport::parkNanos);

    static final long NANOS_PER_DATAGRAM = 50_000;

    /** Most of what a longer rest would save is saved, and it is felt in the replication's delay. */
    static final long MAX_REST_NANOS = 1_000_000;

    private final long maxRestNanos;
    private final LongSupplier nanoTime;
    private final LongConsumer sleep;
    private long readNanos;
    private long restNanos;

    ReadPace(long maxRestNanos, LongSupplier nanoTime, LongConsumer sleep) {
        this.maxRestNanos = maxRestNanos;
        this.nanoTime = nanoTime;
        this.sleep = sleep;
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
        restNanos = Math.min(maxRestNanos, datagrams * NANOS_PER_DATAGRAM);
        readNanos = restNanos == 0 ? 0 : nanoTime.getAsLong();
    }
}
