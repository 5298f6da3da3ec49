package io.keepflow.node.cluster;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Lets one log line through per minute, whatever an attacker or a broken network does. */
final class SealedLogPace {
    private static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final AtomicLong quietUntilNanos = new AtomicLong(System.nanoTime());

    boolean allows() {
        long now = System.nanoTime();
        long until = quietUntilNanos.get();
        return now - until >= 0 && quietUntilNanos.compareAndSet(until, now + QUIET_NANOS);
    }
}
