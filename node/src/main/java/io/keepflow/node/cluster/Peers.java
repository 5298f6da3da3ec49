package io.keepflow.node.cluster;

import io.keepflow.protocol.v1.NodeRole;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The peers that have introduced themselves: those that are connected, and of each other name the last that was. What is asked for
 * every flow goes through them by index: iterators are garbage.
 */
final class Peers {
    private final List<Peer> peers = new ArrayList<>();

    List<Peer> all() {
        return peers;
    }

    @Nullable
    Peer byBoot(long boot) {
        return first(peer -> peer.owner.boot() == boot);
    }

    @Nullable
    Peer byMember(MemberId member) {
        return first(peer -> peer.member.equals(member));
    }

    /** Takes a peer in; an earlier run of the same name is forgotten. */
    void add(Peer peer) {
        for (Peer old : List.copyOf(peers)) {
            if (old.owner.name().equals(peer.owner.name())) {
                disconnect(old);
                old.owner.forget();
            }
        }
        peers.removeIf(old -> old.owner.name().equals(peer.owner.name()));
        peers.add(peer);
    }

    /** The peer is gone; one that was refused is not waited for. */
    void disconnect(Peer peer) {
        peer.connected = false;
        peer.owner.alive(false);
        peer.answer = null;
        peer.handedIn = null;
        peer.resync.repair = null;
        if (peer.refused != null) {
            peer.owner.forget();
            peers.remove(peer);
        }
    }

    /** How many are connected, those that were refused included. */
    int connected() {
        return (int) peers.stream().filter(peer -> peer.connected).count();
    }

    /** Whether anybody is there to publish to. */
    boolean anyTakesPart() {
        return first(Peer::takesPart) != null;
    }

    /** Whether any peer waits for everything that this node owns. */
    boolean anyWantsAll() {
        return first(peer -> peer.takesPart() && peer.wantsAll && !peer.holdsAll) != null;
    }

    /** The last frame that every peer that takes part has in its kernel; {@code sequence} if there is none. */
    long acknowledgedByAll(long sequence) {
        long least = sequence;
        for (int i = 0; i < peers.size(); i++) {
            Peer peer = peers.get(i);
            if (peer.takesPart()) {
                least = Math.min(least, peer.acknowledged);
            }
        }
        return least;
    }

    /** Of how many peers that take part this node holds everything. */
    int complete() {
        int complete = 0;
        for (int i = 0; i < peers.size(); i++) {
            Peer peer = peers.get(i);
            complete += peer.takesPart() && peer.resync.state == Resync.State.COMPLETE ? 1 : 0;
        }
        return complete;
    }

    /** Whether this node holds everything that the connected peers own. */
    boolean allComplete() {
        return first(peer -> peer.takesPart() && peer.resync.state != Resync.State.COMPLETE) == null;
    }

    /** Whether a peer that is connected is sending this node everything that it owns. */
    boolean anySnapshotRuns() {
        return first(peer -> peer.takesPart() && peer.resync.state == Resync.State.RUNNING) != null;
    }

    /** Whether this node and its peers hold everything of each other. */
    boolean allHoldAll() {
        return allComplete() && first(peer -> peer.takesPart() && !peer.holdsAll) == null;
    }

    /** Whether there are active peers, and all of them have taken over what they will, and this node knows it all. */
    boolean activeOnesAreSettled() {
        return anyActive() && first(peer -> isActive(peer) && !peer.settled) == null;
    }

    /** Whether another node forwards packets. */
    boolean anyActive() {
        return first(Peers::isActive) != null;
    }

    private static boolean isActive(Peer peer) {
        return peer.takesPart() && peer.role == NodeRole.NODE_ROLE_ACTIVE;
    }

    private @Nullable Peer first(Predicate<Peer> wanted) {
        for (int i = 0; i < peers.size(); i++) {
            if (wanted.test(peers.get(i))) {
                return peers.get(i);
            }
        }
        return null;
    }
}
