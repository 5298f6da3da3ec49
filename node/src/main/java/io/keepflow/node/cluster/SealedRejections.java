package io.keepflow.node.cluster;

import io.keepflow.crypto.Rejection;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.jgroups.PhysicalAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Log lines about rejected datagrams, paced by reason. */
final class SealedRejections {
    private static final Logger LOG = LoggerFactory.getLogger(SealedRejections.class);

    private final Map<Rejection, SealedLogPace> paces = new EnumMap<>(Rejection.class);

    SealedRejections() {
        for (Rejection reason : Rejection.values()) {
            paces.put(reason, new SealedLogPace());
        }
    }

    void log(Rejection reason, PhysicalAddress source) {
        if (reason.isNormal() || !Objects.requireNonNull(paces.get(reason)).allows()) {
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
