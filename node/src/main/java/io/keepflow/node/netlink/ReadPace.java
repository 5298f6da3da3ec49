package io.keepflow.node.netlink;

import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * How soon after one wake-up the next may read, as a network card moderates its interrupts. What comes alone is read at once; under
 * load a wake-up finds what has gathered since the last one, so that its price, several system calls and a datagram on the sync
 * link, is shared.
 */
final class ReadPace {
    /** Reads at once, always. */
    static final ReadPace NONE = new ReadPace(0, System::nanoTime, LockSupport::parkNanos);

    /** A third of the CPU per event of no rest; twice this rest saves little more, and is felt in the replication's delay. */
    private static final long EVENTS_REST_NANOS = 200_000;

    private final long restNanos;
    private final LongSupplier nanoTime;
    private final LongConsumer sleep;
    private long readNanos;

    ReadPace(long restNanos, LongSupplier nanoTime, LongConsumer sleep) {
        this.restNanos = restNanos;
        this.nanoTime = nanoTime;
        this.sleep = sleep;
        this.readNanos = nanoTime.getAsLong() - restNanos;
    }

    static ReadPace ofEvents() {
        return new ReadPace(EVENTS_REST_NANOS, System::nanoTime, LockSupport::parkNanos);
    }

    /** Returns when it is time to read, at most the rest later. */
    void await() {
        if (restNanos == 0) {
            return;
        }
        long now = nanoTime.getAsLong();
        long early = readNanos + restNanos - now;
        if (early > 0) {
            sleep.accept(early);
            now = nanoTime.getAsLong();
        }
        readNanos = now;
    }
}
