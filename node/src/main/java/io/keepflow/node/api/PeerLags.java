package io.keepflow.node.api;

import io.keepflow.node.api.MetricsSource.PeerLag;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the metrics say of each peer. A peer that is gone never looks well: its lag goes on growing from the last that was
 * known, even when the source has forgotten it.
 */
final class PeerLags {
    /** Peers beyond these many are not told of; a cluster has a handful. */
    private static final int MAX_PEERS = 256;

    private final LongSupplier nanoClock;
    private final Map<String, Sighting> sightings = new HashMap<>();

    /** The last time a peer was connected, and its lag then. */
    private record Sighting(PeerLag lag, long atNanos) {}

    PeerLags(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    /** Every peer ever reported, as it is to be shown now. */
    Map<String, PeerLag> update(Map<String, PeerLag> reported) {
        long now = nanoClock.getAsLong();
        reported.forEach((peer, lag) -> {
            boolean known = sightings.containsKey(peer);
            if (known ? lag.connected() : sightings.size() < MAX_PEERS) {
                sightings.put(peer, new Sighting(lag, now));
            }
        });
        Map<String, PeerLag> shown = new HashMap<>();
        sightings.forEach((peer, sighting) -> shown.put(peer, show(sighting, reported.get(peer), now)));
        return shown;
    }

    private static PeerLag show(Sighting sighting, @Nullable PeerLag reported, long now) {
        if (reported != null && reported.connected()) {
            return reported;
        }
        double gone = sighting.lag().seconds() + (now - sighting.atNanos()) / 1e9;
        double seconds = reported == null ? gone : Math.max(gone, reported.seconds());
        long flows = reported == null ? sighting.lag().flows() : reported.flows();
        return new PeerLag(false, Math.max(seconds, 0.001), Math.max(flows, 1));
    }
}
