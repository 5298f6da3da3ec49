package io.keepflow.node.cluster;

import io.keepflow.node.table.FlowTable;
import io.keepflow.node.table.Owner;
import io.keepflow.node.table.Owners;
import io.keepflow.node.time.Clock;

/**
 * What becomes of the flows of owners that are dead or have stood down, and of those that nobody owns.
 *
 * <p>An active node takes them over, the unowned ones once it knows what its peers own; it claims by publishing: the peers learn
 * of the new owner like of any other change. A standby that knows what the active node owns drops the unowned ones: they are
 * left over from before it went away.
 */
final class Claims {
    /** What to do with flows that nobody owns. */
    enum Unowned {
        KEEP,
        CLAIM,
        DROP
    }

    private static final int SLOTS_PER_TURN = 16384;

    private final FlowTable table;
    private final Peers peers;
    private final Clock clock;
    private final ClusterCounts counts;
    private boolean claiming;
    private Unowned unowned = Unowned.KEEP;
    private int cursor = Integer.MAX_VALUE;

    Claims(FlowTable table, Peers peers, Clock clock, ClusterCounts counts) {
        this.table = table;
        this.peers = peers;
        this.clock = clock;
        this.counts = counts;
    }

    /** Looks through the whole table anew, under these rules. */
    void sweep(boolean claimTakenOver, Unowned rule) {
        claiming = claimTakenOver;
        unowned = rule;
        cursor = claiming || rule != Unowned.KEEP ? 0 : Integer.MAX_VALUE;
    }

    /** Whether this node takes the flows of {@code peer}, so that what the peer says it owns is not what this node has for it. */
    boolean takesFrom(Peer peer) {
        return claiming && peer.hasStoodDown();
    }

    /** This node was away, or stood down: what it owned may be out of date, and its peers know better. */
    void relinquish() {
        for (int slot = 0; slot < table.slots(); slot++) {
            if (table.isUsed(slot) && table.isOwn(slot)) {
                table.assign(slot, table.owners().nobody(), 0);
            }
        }
    }

    /** Looks at the next part of the table; true if there is more. */
    boolean step() {
        int end = (int) Math.min(table.slots(), (long) cursor + SLOTS_PER_TURN);
        for (; cursor < end; cursor++) {
            if (table.isLive(cursor)) {
                look(cursor);
            }
        }
        return cursor < table.slots();
    }

    private void look(int slot) {
        Owner owner = table.ownerOf(slot);
        if (owner.index() == Owners.NOBODY && unowned == Unowned.DROP) {
            table.set(slot, FlowTable.GONE);
            table.toInject().mark(slot, false, clock.nanos());
            counts.staleFlows.increment();
        } else if (isForTheTaking(owner)) {
            claim(slot);
        }
    }

    /**
     * A flow that {@code peer} has had all along has just come: it is claimed at once if the peer has stood down. Not so a flow
     * that the peer took over, for then its kernel sees the packets, whatever its role.
     */
    void consider(int slot, Peer peer) {
        if (takesFrom(peer)) {
            claim(slot);
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

    private void claim(int slot) {
        table.assign(slot, table.owners().self(), table.version(slot));
        table.toPublish().mark(slot, false, clock.nanos());
        counts.claims.increment();
    }
}
