package io.keepflow.node;

import io.keepflow.node.cluster.PeerView;
import io.keepflow.node.cluster.Replicator;
import java.util.List;

/** An operator's order to fetch anew what peers own: finds out whom it means, and refuses what cannot be. On the node's thread. */
final class ResyncOrder {
    private final Replicator replicator;

    ResyncOrder(Replicator replicator) {
        this.replicator = replicator;
    }

    /** Begins with the peer of this name, or with all that take part if it is empty; what happened, in one sentence. */
    String begin(String name) {
        List<PeerView> known = replicator.peers();
        List<String> meant = name.isEmpty() ? connected(known) : List.of(named(name, known));
        replicator.resync(meant);
        return "fetching everything anew that " + String.join(", ", meant) + (meant.size() == 1 ? " owns" : " own");
    }

    private static List<String> connected(List<PeerView> known) {
        List<String> connected =
                names(known.stream().filter(PeerView::connected).toList());
        if (connected.isEmpty()) {
            throw new IllegalStateException("no peer is connected, so there is nobody to fetch from;"
                    + " what peers own is fetched by itself when they come");
        }
        return connected;
    }

    private static String named(String name, List<PeerView> known) {
        PeerView peer = known.stream()
                .filter(view -> view.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("there is no peer " + name + "; "
                        + (known.isEmpty() ? "none has been seen" : "known are " + String.join(", ", names(known)))));
        if (!peer.refused().isEmpty()) {
            throw new IllegalStateException(name + " takes no part: it " + peer.refused());
        }
        if (!peer.connected()) {
            throw new IllegalStateException(
                    name + " is not connected; what it owns is compared and fetched by itself when it comes back");
        }
        return name;
    }

    private static List<String> names(List<PeerView> peers) {
        return peers.stream().map(PeerView::name).toList();
    }
}
