package io.keepflow.node.cluster;

import io.keepflow.crypto.Rejection;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jgroups.PhysicalAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Log lines about rejected datagrams: one per reason and minute at most, whatever an attacker sends. */
final class SealedRejections {
    private static final Logger LOG = LoggerFactory.getLogger(SealedRejections.class);
    private static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final Map<Rejection, AtomicLong> quietUntilNanos = new EnumMap<>(Rejection.class);

    SealedRejections() {
        long now = System.nanoTime();
        for (Rejection reason : Rejection.values()) {
            quietUntilNanos.put(reason, new AtomicLong(now));
        }
    }

    void log(Rejection reason, PhysicalAddress source) {
        if (reason == Rejection.SELF || reason == Rejection.NOT_ADMITTED) {
            return;
        }
        AtomicLong quiet = Objects.requireNonNull(quietUntilNanos.get(reason));
        long now = System.nanoTime();
        long until = quiet.get();
        if (now - until < 0 || !quiet.compareAndSet(until, now + QUIET_NANOS)) {
            return;
        }
        LOG.warn("Rejected a datagram from {} on the sync link: {}", source.printIpAddress(), explanation(reason));
    }

    private static String explanation(Rejection reason) {
        return switch (reason) {
            case KEY ->
                "it is not sealed with this cluster's key; if that is a node of this cluster, give it the same key file";
            case VERSION ->
                "it has another version of the seal; if that is a node of this cluster, update one of the two";
            case REPLAY -> "it was received before; the network duplicates, or somebody replays";
            case TRUNCATED -> "it is too short; something else sends to this port";
            case OVERSIZED -> "it is too long; something else sends to this port";
            case SELF, NOT_ADMITTED -> throw new IllegalArgumentException(reason + " is no fault");
        };
    }
}
