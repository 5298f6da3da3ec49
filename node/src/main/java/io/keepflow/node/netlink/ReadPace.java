package io.keepflow.node.netlink;

import java.util.function.LongSupplier;

/**
 * How soon after one turn of reading the next may begin, as a network card moderates its interrupts. What comes alone is read at
 * once. The more a turn found, the later the next, so that its price, a wake-up and a datagram on the sync link, is shared by many
 * events. The longest rest is for up to 20,000 events/s, where what a node costs anyway weighs most; above, it falls with the cube
 * of the rate of late, down to an eighth at twice that.
 * A rest is at most twice the one before: some that come together need not be the first of many.
 */
final class ReadPace {
    /** A longer rest saves little, and is felt in the replication's delay. */
    static final long MAX_REST_NANOS = 2_000_000;

    /** However fast they come. */
    static final long MIN_REST_UNDER_LOAD_NANOS = 250_000;

    private static final long SPACING_OF_MAX_REST_NANOS = 48_000;

    /** A shorter rest, as some events that come together make it, may well find nothing: to be woken by the next datagram is cheaper then. */
    static final long MIN_POLL_NANOS = 400_000;

    /** Grows by the square of what was found. */
    private static final long NANOS_AFTER_ONE = 50_000;

    /** So much of what was is left after a turn. */
    private static final double MEMORY = 0.875;

    private final boolean paced;
    private final LongSupplier nanoTime;
    private long readNanos;
    private long restNanos;

    /** Of late: what was found, and how long that took. */
    private double lateDatagrams;

    private double lateNanos;

    private ReadPace(boolean paced, LongSupplier nanoTime) {
        this.paced = paced;
        this.nanoTime = nanoTime;
        this.readNanos = nanoTime.getAsLong();
    }

    static ReadPace ofEvents() {
        return ofEvents(System::nanoTime);
    }

    static ReadPace ofEvents(LongSupplier nanoTime) {
        return new ReadPace(true, nanoTime);
    }

    /** Reads at once, always. */
    static ReadPace none() {
        return new ReadPace(false, System::nanoTime);
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
        if (!paced) {
            return 0;
        }
        long now = nanoTime.getAsLong();
        lateDatagrams = MEMORY * lateDatagrams + datagrams;
        lateNanos = MEMORY * lateNanos + Math.min(now - readNanos, 2 * MAX_REST_NANOS);
        long most = Math.max(2 * restNanos, MIN_POLL_NANOS);
        long byRate = restByRate();
        restNanos =
                datagrams == 0 ? 0 : Math.min(Math.min((long) datagrams * datagrams * NANOS_AFTER_ONE, byRate), most);
        readNanos = now;
        return restNanos >= Math.min(MIN_POLL_NANOS, byRate) ? restNanos : 0;
    }

    private long restByRate() {
        double spacing = lateNanos / lateDatagrams / SPACING_OF_MAX_REST_NANOS;
        long rest = (long) (spacing * spacing * spacing * MAX_REST_NANOS);
        return Math.clamp(rest, MIN_REST_UNDER_LOAD_NANOS, MAX_REST_NANOS);
    }
}
