package io.keepflow.node.cluster;

import io.keepflow.node.table.DirtySet;
import io.keepflow.node.table.FlowTable;
import io.keepflow.node.table.Owner;
import io.keepflow.node.table.Owners;
import io.keepflow.node.time.Clock;
import io.keepflow.protocol.v1.NodeRole;

/**
 * What becomes of the flows of owners that are dead or have stood down, and of those that nobody owns.
 *
 * <p>An active node takes them over, the unowned ones once it knows what its peers own; it claims by publishing: the peers learn
 * of the new owner like of any other change. It claims what its kernel has, so a flow that still waits for injection is claimed
 * after that, and one of a dead owner that the kernel refuses ends. A standby that knows all that the active nodes own, and that they have taken
 * over what they will, drops the rest: it is left over from before somebody went away.
 */
final class Claims {
    /** What to do with flows that nobody owns. */
    enum Unowned {
        KEEP,
        CLAIM,
        DROP,
        /** Those of dead owners, too. */
        DROP_ABANDONED
    }

    private static final int SLOTS_PER_TURN = 16384;

    /** How long a flow that waits for injection is left alone. */
    private static final long POSTPONED_NANOS = 20_000_000L;

    private final FlowTable table;
    private final Peers peers;
    private final Clock clock;
    private final ClusterCounts counts;
    private final DirtySet postponed = new DirtySet();
    private boolean claiming;
    private boolean waiting;
    private Unowned unowned = Unowned.KEEP;
    private int cursor = Integer.MAX_VALUE;
    private boolean settled;

    /** The sweep is through, and these are the places in the publisher's set behind all that it claimed. */
    private boolean swept;

    private long settledUrgent;
    private long settledLazy;

    Claims(FlowTable table, Peers peers, Clock clock, ClusterCounts counts) {
        this.table = table;
        this.peers = peers;
        this.clock = clock;
        this.counts = counts;
    }

    /**
     * Looks through the whole table anew, under these rules; when {@code waits}, not yet: it is not known what the kernel has, and
     * what is claimed without being there would end everywhere.
     */
    void sweep(boolean claimTakenOver, Unowned rule, boolean waits) {
        waiting = waits;
        claiming = claimTakenOver;
        unowned = rule;
        cursor = claiming || rule != Unowned.KEEP ? 0 : Integer.MAX_VALUE;
        settled &= claiming;
        swept = false;
    }

    /** Whether this node forwards packets. */
    boolean isActive() {
        return claiming;
    }

    /** Whether {@code peer} may end a flow that this node owns: only an active node one of a node that is not. */
    boolean letsEnd(Peer peer) {
        return !claiming && peer.role == NodeRole.NODE_ROLE_ACTIVE;
    }

    /** Whether this node takes the flows of {@code peer}, so that what the peer says it owns is not what this node has for it. */
    boolean takesFrom(Peer peer) {
        return claiming && peer.hasStoodDown();
    }

    /**
     * Whether this node has, since it became active, taken over all that there was and published it: its peers may then drop what
     * it does not own.
     */
    boolean isSettled() {
        return settled;
    }

    /** Whether the flow lives in this active node's kernel, which alone says when it ends: then it is this node's. */
    boolean keeps(int slot) {
        if (!claiming || !table.is(slot, FlowTable.LIVE)) {
            return false;
        }
        claim(slot);
        return true;
    }

    /** This node was away, or stood down: what it owned may be out of date, and its peers know better. */
    void relinquish() {
        for (int slot = 0; slot < table.slots(); slot++) {
            if (table.isLive(slot) && table.isOwn(slot)) {
                table.assign(slot, table.owners().nobody(), table.version(slot));
            }
        }
    }

    /** This node forwards no more: what packets made of its peers' flows meanwhile, their owners' state goes over. */
    void standDown() {
        for (int slot = 0; slot < table.slots(); slot++) {
            if (table.is(slot, FlowTable.LIVE)) {
                table.unset(slot, FlowTable.LIVE);
                if (table.ownerIndex(slot) > Owners.SELF) {
                    table.toInject().mark(slot, false, clock.nanos());
                }
            }
        }
    }

    /** Looks at the next part of the table; true if there is more. */
    boolean step() {
        if (waiting) {
            return false;
        }
        for (int slot = nextPostponed(); slot >= 0; slot = nextPostponed()) {
            lookIfLive(slot);
        }
        int end = (int) Math.min(table.slots(), (long) cursor + SLOTS_PER_TURN);
        for (; cursor < end; cursor++) {
            lookIfLive(cursor);
        }
        boolean isDone = cursor >= table.slots();
        if (isDone) {
            // What comes now has not been audited, even if it lies behind the last slot.
            cursor = Integer.MAX_VALUE;
        }
        if (claiming && unowned == Unowned.CLAIM && isDone && postponed.isEmpty()) {
            settle();
        }
        return !isDone;
    }

    /** All is claimed; it is published when everything that waits now has come out. Under load the set is never empty. */
    private void settle() {
        DirtySet toPublish = table.toPublish();
        if (!swept) {
            swept = true;
            settledUrgent = toPublish.urgentTail();
            settledLazy = toPublish.lazyTail();
        }
        settled |= toPublish.urgentHead() >= settledUrgent && toPublish.lazyHead() >= settledLazy;
    }

    private int nextPostponed() {
        return postponed.pollLazy(clock.nanos() - POSTPONED_NANOS);
    }

    private void lookIfLive(int slot) {
        if (table.isLive(slot)) {
            look(slot);
        }
    }

    private void look(int slot) {
        Owner owner = table.ownerOf(slot);
        if (isForTheTaking(owner)) {
            take(slot);
        } else if (isLeftOver(owner)) {
            table.set(slot, FlowTable.GONE);
            table.toInject().mark(slot, false, clock.nanos());
            counts.staleFlows.increment();
        }
    }

    private boolean isLeftOver(Owner owner) {
        return switch (unowned) {
            case DROP -> owner.index() == Owners.NOBODY;
            case DROP_ABANDONED -> !owner.isAlive();
            default -> false;
        };
    }

    /**
     * A flow that {@code peer} has had all along has just come: it is claimed if the peer has stood down. Not so a flow that the
     * peer took over, for then its kernel sees the packets, whatever its role.
     */
    void consider(int slot, Peer peer) {
        if (takesFrom(peer)) {
            take(slot);
        }
    }

    private boolean isForTheTaking(Owner owner) {
        if (owner.index() == Owners.NOBODY) {
            return unowned == Unowned.CLAIM;
        }
        if (owner.index() == Owners.SELF || !claiming) {
            return false;
        }
        if (!owner.isAlive()) {
            return true;
        }
        Peer peer = peers.byBoot(owner.boot());
        return peer == null || peer.hasStoodDown();
    }

    /**
     * Claims what the kernel has; what it has not yet gets one more try. Another flow of this node's kernel in its way ends it;
     * so does a kernel that is full, unless the owner is still there.
     */
    private void take(int slot) {
        boolean isInKernel = table.is(slot, FlowTable.IN_KERNEL);
        if (table.toInject().contains(slot) && !table.is(slot, FlowTable.LIVE)) {
            postponed.mark(slot, false, clock.nanos());
        } else if (isInKernel) {
            claim(slot);
        } else if (table.attempts(slot) == 0) {
            table.toInject().mark(slot, true, clock.nanos());
            postponed.mark(slot, false, clock.nanos());
        } else if (!table.ownerOf(slot).isAlive() || table.attempts(slot) >= FlowTable.MAX_ATTEMPTS) {
            claim(slot);
            table.set(slot, FlowTable.GONE);
        }
    }

    private void claim(int slot) {
        table.claim(slot);
        table.toPublish().mark(slot, false, clock.nanos());
        counts.claims.increment();
    }
}
