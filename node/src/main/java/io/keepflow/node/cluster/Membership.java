package io.keepflow.node.cluster;

import io.keepflow.node.table.FlowTable;
import io.keepflow.node.time.Clock;
import io.keepflow.protocol.v1.Frame;
import io.keepflow.protocol.v1.Hello;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who is there: introduces this node to every view, takes peers in when they introduce themselves, and lets go of those that the
 * view lost. An earlier run of a peer that comes back is dead at once.
 */
final class Membership {
    /** After a change of view, the introduction is repeated for a while: a peer may install the view later than this node. */
    private static final int HELLOS_PER_VIEW = 6;

    private static final long HELLO_INTERVAL_NANOS = 500_000_000L;

    /** Who is in the view but does not introduce itself is waited for so long. */
    private static final long SILENCE_NANOS = 3_000_000_000L;

    private static final Logger LOG = LoggerFactory.getLogger(Membership.class);

    /** Told when who is there, or what they do, has changed. */
    interface Listener {
        /** A peer that was not here is here: what this node owned may have to be compared. */
        void onJoined(Peer peer);

        void onChanged();
    }

    private final FlowTable table;
    private final Peers peers;
    private final Outlet outlet;
    private final Clock clock;
    private final Hello hello;
    private final Listener listener;
    private List<MemberId> view = List.of();
    private long viewNanos;
    private int hellosLeft;
    private long lastHelloNanos;

    Membership(FlowTable table, Peers peers, Outlet outlet, Clock clock, String build, Listener listener) {
        this.table = table;
        this.peers = peers;
        this.outlet = outlet;
        this.clock = clock;
        this.listener = listener;
        this.hello = Hello.newBuilder()
                .setNode(table.owners().self().name())
                .setBuild(build)
                .setMinVersion(ProtocolVersion.MIN)
                .setMaxVersion(ProtocolVersion.MAX)
                .build();
    }

    void onView(List<MemberId> members) {
        view = members;
        viewNanos = clock.nanos();
        for (Peer peer : List.copyOf(peers.all())) {
            if (peer.connected && !members.contains(peer.member)) {
                LOG.warn(
                        "lost {}: its {} flows stay until somebody takes over or they expire", name(peer), flows(peer));
                peers.disconnect(peer);
            }
        }
        hellosLeft = members.size() > 1 ? HELLOS_PER_VIEW : 0;
        sayHello();
        listener.onChanged();
    }

    /** Whether this node has joined, and all who are there have introduced themselves. */
    boolean isKnown() {
        return !view.isEmpty() && (clock.nanos() - viewNanos > SILENCE_NANOS || peers.connected() >= view.size() - 1);
    }

    void onTick() {
        if (hellosLeft > 0 && clock.nanos() - lastHelloNanos > HELLO_INTERVAL_NANOS) {
            sayHello();
        }
    }

    private void sayHello() {
        if (hellosLeft > 0) {
            hellosLeft--;
            lastHelloNanos = clock.nanos();
            outlet.send(Frame.newBuilder().setHello(hello), Traffic.UPKEEP);
        }
    }

    void onHello(MemberId member, long boot, Hello from) {
        Peer known = peers.byBoot(boot);
        if ((known != null && known.connected) || !view.contains(member)) {
            return;
        }
        Peer peer = known != null
                ? known
                : new Peer(member, table.owners().add(from.getNode(), boot), from.getBuild(), refusal(from));
        if (known == null) {
            peers.add(peer);
        }
        peer.connect(outlet.log().sequence(), clock.nanos());
        if (peer.refused != null) {
            LOG.error("{} {}", from.getNode(), peer.refused);
        } else {
            LOG.info("{} is here, build {}", from.getNode(), from.getBuild());
            listener.onJoined(peer);
        }
        listener.onChanged();
    }

    /** Why the sender of this introduction can take no part; null if it can. */
    private @Nullable String refusal(Hello from) {
        if (from.getNode().equals(hello.getNode())) {
            return "is also the name of this node: give each node a name of its own ([node] name)";
        }
        return ProtocolVersion.refusal(from);
    }

    private static String name(Peer peer) {
        return peer.owner.name();
    }

    private static long flows(Peer peer) {
        return peer.owner.flows();
    }
}
