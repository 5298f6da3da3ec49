package io.keepflow.node.cluster;

import io.keepflow.node.table.Owner;
import io.keepflow.protocol.v1.NodeRole;
import org.jspecify.annotations.Nullable;

/** One run of another node, as this node knows it: plain state of the node's thread, changed by the stages of this package. */
final class Peer {
    final MemberId member;
    final Owner owner;
    final String build;
    final ClockOffset clock = new ClockOffset();

    /** Why the peer takes no part; null if it does. */
    final @Nullable String refused;

    boolean connected;
    NodeRole role = NodeRole.NODE_ROLE_UNKNOWN;
    long lastHeardNanos;

    /** No heartbeat has come since the peer connected. */
    boolean isNew;

    /** The peer says that it has taken over and published all that it will; and this node knows all of it. */
    boolean saysSettled;

    boolean settled;

    /** Every frame of this node up to this one is in the peer's kernel, and how many of its flows the peer's kernel lacks. */
    long acknowledged;

    long backlog;

    /** Whether the peer says that it holds everything that this node owns. */
    boolean holdsAll;

    /** When the peer was last known to have everything. */
    long upToDateNanos;

    /** Last frame of the peer that is in this node's table, and in its kernel. */
    long received;

    long injected;
    long reported;

    /** A frame whose flows wait for injection: done when both rings of the dirty set have passed these positions. */
    long barrierSequence;

    long barrierUrgent;
    long barrierLazy;
    long barrierCapturedUs;

    /** Sender's clock in the peer's last heartbeat, and when it came. */
    long lastSentUs;

    long lastSentNanos;

    final Resync resync = new Resync();
    final ExpectationReceiver.Progress expectations = new ExpectationReceiver.Progress();

    /** The peer waits for a snapshot of everything. */
    boolean wantsAll;

    /** The peer's question for digests that is being answered, and what it says it holds, if this node is to send what is lacking. */
    @Nullable
    DigestAnswer answer;

    @Nullable
    HandedIn handedIn;

    Peer(MemberId member, Owner owner, String build, @Nullable String refused) {
        this.member = member;
        this.owner = owner;
        this.build = build;
        this.refused = refused;
    }

    boolean takesPart() {
        return connected && refused == null;
    }

    /** The peer is here, or here again: what went out before does not concern it. */
    void connect(long ourSequence, long nanos) {
        connected = true;
        owner.alive(true);
        role = NodeRole.NODE_ROLE_UNKNOWN;
        isNew = true;
        saysSettled = settled = false;
        acknowledged = ourSequence;
        holdsAll = false;
        barrierSequence = 0;
        wantsAll = false;
        answer = null;
        handedIn = null;
        lastHeardNanos = upToDateNanos = nanos;
    }

    /** Whether the peer forwards nothing, so that an active node takes its flows over. */
    boolean hasStoodDown() {
        return role == NodeRole.NODE_ROLE_STANDBY || role == NodeRole.NODE_ROLE_FAULT;
    }
}
