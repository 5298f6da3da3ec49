package io.keepflow.node.netlink;

import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * How soon after one wake-up the next may read, as a network card moderates its interrupts. What comes alone is read at once. The
 * more a wake-up found, the later the next, up to a limit, so that its price, several system calls and a datagram on the sync link,
 * is shared by many events: by about twenty at 20,000 a second, where the longest rest begins, and by more above.
 */
final class ReadPace {
    /** Reads at once, always. */
    static final ReadPace NONE = new ReadPace(0, System::nanoTime, LockSupport::parkNanos);

    static final long NANOS_PER_DATAGRAM = 50_000;

    /** A longer rest saves little, and is felt in the replication's delay. */
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
        if (maxRestNanos == 0) {
            return;
        }
        readNanos = nanoTime.getAsLong();
        restNanos = Math.min(datagrams * NANOS_PER_DATAGRAM, maxRestNanos);
    }
}
