package io.keepflow.node.cluster;

import io.keepflow.node.table.FlowTable;
import io.keepflow.node.table.Owner;
import io.keepflow.node.table.Owners;
import io.keepflow.node.table.Urgency;
import io.keepflow.node.time.Clock;
import io.keepflow.protocol.Flow;

/**
 * Applies a peer's deltas to the table by the rule of ownership: an owner's later word replaces its earlier one; another owner's
 * replaces it if the version is higher, or equal and its boot is higher, or if the present owner is gone. A flow ends by the
 * same rule, but one that an active node owns ends only in its own kernel.
 */
final class Receiver {
    private final FlowTable table;
    private final Clock clock;
    private final ClusterCounts counts;
    private final Claims claims;
    private final Flow known = new Flow();

    Receiver(FlowTable table, Clock clock, ClusterCounts counts, Claims claims) {
        this.table = table;
        this.clock = clock;
        this.counts = counts;
        this.claims = claims;
    }

    /** One delta of {@code peer}, live or of a snapshot. */
    void apply(Peer peer, Flow flow, long version, boolean gone, boolean ofSnapshot) {
        if (!table.heardOf(version)) {
            counts.implausibleVersions.increment();
            return;
        }
        int slot = table.find(flow);
        if (gone) {
            end(peer, slot, version);
        } else if (slot < 0) {
            add(peer, flow, version);
        } else if (table.ownerOf(slot) == peer.owner) {
            renew(peer, slot, flow, version, ofSnapshot);
        } else if (yields(slot, peer, version)) {
            replace(peer, slot, flow, version);
            if (ofSnapshot) {
                claims.consider(slot, peer);
            }
        } else {
            counts.staleDeltas.increment();
        }
    }

    private void add(Peer peer, Flow flow, long version) {
        int slot = table.add(flow);
        if (slot < 0) {
            counts.tableFull.increment();
            return;
        }
        take(peer, slot, flow, version);
        claims.consider(slot, peer);
    }

    /** What an operator has fetched anew replaces even what seems to be the same, in the kernel as well. */
    private void renew(Peer peer, int slot, Flow flow, long version, boolean ofSnapshot) {
        boolean isForced = ofSnapshot && peer.resync.isForced;
        if (isForced || version != table.version(slot) || table.is(slot, FlowTable.GONE)) {
            replace(peer, slot, flow, version);
            claims.consider(slot, peer);
        } else {
            table.snapshotTag(slot, peer.resync.tag);
            counts.staleDeltas.increment();
        }
    }

    private void replace(Peer peer, int slot, Flow flow, long version) {
        table.load(slot, known);
        if (!canBeUpdated(known, flow) || table.is(slot, FlowTable.GONE) || hasOldWindows(slot, flow)) {
            table.set(slot, FlowTable.RECREATE);
        }
        table.unset(slot, FlowTable.GONE);
        table.store(slot, flow);
        take(peer, slot, flow, version);
    }

    /** Where this node forwards packets too, the next one of a handshake may pass here: nothing waits for coalescing. */
    private void take(Peer peer, int slot, Flow flow, long version) {
        table.assign(slot, peer.owner, version);
        table.snapshotTag(slot, peer.resync.tag);
        table.attempts(slot, 0);
        table.toInject().mark(slot, Urgency.isUrgent(flow) || claims.isActive(), clock.nanos());
        counts.received.increment();
    }

    private void end(Peer peer, int slot, long version) {
        if (slot < 0 || table.is(slot, FlowTable.GONE)) {
            return;
        }
        boolean isTheirs = table.ownerOf(slot) == peer.owner;
        if (isTheirs || ((!table.isOwn(slot) || claims.letsEnd(peer)) && yields(slot, peer, version))) {
            drop(slot);
        } else {
            counts.staleDeltas.increment();
        }
    }

    /** Ends a flow of a peer: out of the kernel, then out of the table; but what lives in an active node's kernel is its own. */
    void drop(int slot) {
        if (!claims.keeps(slot)) {
            table.assign(slot, table.owners().nobody(), table.version(slot));
            table.set(slot, FlowTable.GONE);
            table.toInject().mark(slot, false, clock.nanos());
        }
    }

    /** Whether the present owner of a record gives way to the peer. */
    private boolean yields(int slot, Peer peer, long version) {
        Owner owner = table.ownerOf(slot);
        if (!owner.isAlive()) {
            return true;
        }
        long have = table.version(slot);
        if (version == have) {
            counts.ownershipConflicts.increment();
            return Long.compareUnsigned(peer.owner.boot(), owner.boot()) > 0;
        }
        return version > have;
    }

    /**
     * Whether this node's kernel may have seen packets of the TCP connection itself: its windows have moved on since, and an
     * update does not touch them. A fresh entry learns them from the first packets.
     */
    private boolean hasOldWindows(int slot, Flow flow) {
        return flow.protocol == Flow.TCP && table.ownerIndex(slot) <= Owners.SELF;
    }

    /** What an update of a kernel entry cannot change: the reply tuple, helper and master, and bits that only ever get set. */
    private static boolean canBeUpdated(Flow from, Flow to) {
        int once = Flow.IPS_SEEN_REPLY | Flow.IPS_ASSURED;
        return from.reply.sameAs(to.reply)
                && from.zoneReply == to.zoneReply
                && (from.status & once & ~to.status) == 0
                && sameRelations(from, to)
                && (from.status & (Flow.IPS_SRC_NAT | Flow.IPS_DST_NAT))
                        == (to.status & (Flow.IPS_SRC_NAT | Flow.IPS_DST_NAT));
    }

    /** Helper and master, which are given to an entry when it is created. */
    private static boolean sameRelations(Flow from, Flow to) {
        int groups = Flow.HAS_HELPER | Flow.HAS_MASTER;
        if (((from.present ^ to.present) & groups) != 0) {
            return false;
        }
        return (!to.has(Flow.HAS_HELPER) || from.extensions.helper.sameAs(to.extensions.helper))
                && (!to.has(Flow.HAS_MASTER)
                        || (from.extensions.masterProtocol == to.extensions.masterProtocol
                                && from.extensions.master.sameAs(to.extensions.master)));
    }
}
