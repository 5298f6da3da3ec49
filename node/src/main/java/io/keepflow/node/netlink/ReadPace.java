package io.keepflow.node.netlink;

import java.util.function.LongSupplier;

/**
 * How soon after one turn of reading the next may begin, as a network card moderates its interrupts. What comes alone is read at
 * once. The more a turn found, the later the next, by the square and up to a limit, so that its price, a wake-up and a datagram on the
 * sync link, is shared by many events: by five at 5,000 a second, where the longest rest begins, and by more above.
 */
final class ReadPace {
    private static final long NANOS_OF_ONE = 50_000;

    /** A longer rest saves little, and is felt in the replication's delay. */
    static final long MAX_REST_NANOS = 1_000_000;

    /** A shorter rest may well find nothing, so that to be woken by the next datagram is cheaper than to look for it. */
    static final long MIN_POLL_NANOS = 400_000;

    private final long maxRestNanos;
    private final LongSupplier nanoTime;
    private long readNanos;
    private long restNanos;

    ReadPace(long maxRestNanos, LongSupplier nanoTime) {
        this.maxRestNanos = maxRestNanos;
        this.nanoTime = nanoTime;
    }

    static ReadPace ofEvents() {
        return new ReadPace(MAX_REST_NANOS, System::nanoTime);
    }

    /** Reads at once, always. */
    static ReadPace none() {
        return new ReadPace(0, System::nanoTime);
    }

    /** A datagram has come: so long it may have to wait; 0 or less if it need not. */
    long earlyNanos() {
        return restNanos == 0 ? 0 : readNanos + restNanos - nanoTime.getAsLong();
    }

    /**
     * A turn has found so many datagrams, and that there are no more.
     *
     * @return how long to rest before the next look, without being woken; 0 if the next datagram is to wake
     */
    long found(int datagrams) {
        if (maxRestNanos == 0) {
            return 0;
        }
        readNanos = nanoTime.getAsLong();
        restNanos = Math.min((long) datagrams * datagrams * NANOS_OF_ONE, maxRestNanos);
        return restNanos >= MIN_POLL_NANOS ? restNanos : 0;
    }
}
