package io.keepflow.node.capture;

import io.keepflow.node.filter.Exclusions;
import io.keepflow.node.filter.Selection;
import io.keepflow.node.netlink.EventType;
import io.keepflow.node.netlink.FlowListener;
import io.keepflow.node.netlink.LabelMask;
import io.keepflow.node.netlink.NetlinkException;
import io.keepflow.node.table.FlowTable;
import io.keepflow.node.table.Owner;
import io.keepflow.node.table.Owners;
import io.keepflow.node.table.Urgency;
import io.keepflow.node.time.Clock;
import io.keepflow.protocol.Flow;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Merges what the kernel says into the table.
 *
 * <p>An event that packets caused makes this node the flow's owner, whoever had it before. A flow of a peer that vanishes from
 * this kernel while its owner stands behind it is put back. What a dump shows is for the {@link Comparison}.
 */
public final class Capture implements FlowListener {
    /** Hooks for the rest of the node. */
    public interface Sinks {
        /** The socket is read empty: drain now. */
        void onDrained();

        /** Events were lost: compare the table with the kernel. */
        void onOverrun();

        /** The subscription broke. */
        void onFailed(Exception cause);
    }

    /**
     * Linux 5.9: an entry that lives a second beside the one with its original tuple, and that no look-up shows. Its end is not
     * that of the other.
     */
    private static final int IPS_NAT_CLASH = 1 << 12;

    private static final int BY_PACKETS_ONLY = Flow.IPS_SEEN_REPLY | Flow.IPS_ASSURED;

    private static final long HASH_FACTOR = 0x9e3779b97f4a7c15L;
    private static final Logger LOG = LoggerFactory.getLogger(Capture.class);

    private final FlowTable table;
    private final LocalTraffic local;
    private final Selection selection;
    private final Exclusions exclusions;
    private final Clock clock;
    private final LabelMask labels;
    private final CaptureCounts counts;
    private final BooleanSupplier hasStoodDown;
    private final Sinks sinks;
    private final RecentlyEnded recentlyEnded = new RecentlyEnded();
    private final Flow merged = new Flow();
    private boolean remembersEnds;
    private long now;

    /** {@code hasStoodDown} says whether this node is standby or in fault, so that it forwards nothing. */
    public Capture(
            FlowTable table,
            LocalTraffic local,
            Selection selection,
            Exclusions exclusions,
            LabelMask labels,
            Clock clock,
            CaptureCounts counts,
            BooleanSupplier hasStoodDown,
            Sinks sinks) {
        this.table = table;
        this.local = local;
        this.selection = selection;
        this.exclusions = exclusions;
        this.labels = labels;
        this.clock = clock;
        this.counts = counts;
        this.hasStoodDown = hasStoodDown;
        this.sinks = sinks;
    }

    @Override
    public LabelMask labels() {
        return labels;
    }

    @Override
    public void onFlow(EventType type, Flow flow, int portId) {
        now = clock.nanos();
        int slot = table.find(flow);
        switch (type) {
            case NEW -> {
                counts.created.increment();
                appeared(slot, flow, portId, true);
            }
            case UPDATE -> {
                counts.updated.increment();
                appeared(slot, flow, portId, false);
            }
            case DESTROY -> {
                counts.destroyed.increment();
                ended(slot, flow);
            }
            case DUMP -> answered(slot, flow);
        }
    }

    /** The entry of one of this node's flows as it is now: somebody asked for it. */
    private void answered(int slot, Flow flow) {
        if (slot >= 0 && table.isOwn(slot) && !table.is(slot, FlowTable.GONE)) {
            follow(slot, flow);
        }
    }

    private void appeared(int slot, Flow flow, int portId, boolean isBorn) {
        if (slot < 0) {
            created(flow, portId, isBorn);
        } else if (table.is(slot, FlowTable.GONE)) {
            revive(slot, flow);
            if (isBorn) {
                born(slot);
            }
        } else if (table.isOwn(slot)) {
            merge(slot, flow, false);
            table.set(slot, FlowTable.LIVE);
            publish(slot, merged);
        } else if (isNobodys(slot) && isByHandOnAStandby(portId)) {
            merge(slot, flow, false);
        } else if (portId == 0 || isNobodys(slot)) {
            merge(slot, flow, false);
            own(slot);
            publish(slot, merged);
        } else if (table.ownerOf(slot).isAlive()) {
            // Somebody changed a peer's flow by hand: the owner's state goes over it.
            counts.byEvent.count(Difference.REWRITTEN);
            table.seen(slot);
            table.toInject().mark(slot, false, now);
        }
    }

    private void created(Flow flow, int portId, boolean isBorn) {
        int slot = add(flow, isBorn);
        if (slot < 0) {
            return;
        }
        if (isBorn) {
            born(slot);
        }
        if (isByHandOnAStandby(portId)) {
            counts.byEvent.count(Difference.FOUND);
        } else {
            own(slot);
            publish(slot, flow);
        }
    }

    private boolean isNobodys(int slot) {
        return table.ownerIndex(slot) == Owners.NOBODY;
    }

    /** Not packets, but a program made the entry, on a node that forwards none: it is no flow of anybody's. */
    private boolean isByHandOnAStandby(int portId) {
        return portId != 0 && hasStoodDown.getAsBoolean();
    }

    /** The same identity again before the sinks have seen the end of the last one. */
    private void revive(int slot, Flow flow) {
        table.unset(slot, FlowTable.GONE);
        table.store(slot, flow);
        table.seen(slot);
        own(slot);
        table.unset(slot, FlowTable.INHERITED);
        publish(slot, flow);
    }

    /** What this node did not see begin counts as old. */
    private void born(int slot) {
        if (selection.minAgeSeconds() > 0) {
            table.young().add(slot, now);
        }
    }

    /** The kernel here sees the flow's packets: this node is its owner. */
    private void own(int slot) {
        if (!table.isOwn(slot)) {
            if (table.version(slot) != 0) {
                counts.ownershipMoves.increment();
            }
            table.claim(slot);
        }
        table.set(slot, FlowTable.LIVE);
    }

    private void ended(int slot, Flow flow) {
        if ((flow.status & IPS_NAT_CLASH) != 0) {
            return;
        }
        if (remembersEnds) {
            recentlyEnded.add(hash(flow));
        }
        if (slot >= 0) {
            if (isMissing(slot)) {
                counts.byEvent.count(Difference.RESTORED);
            }
            vanished(slot);
        }
    }

    private boolean isMissing(int slot) {
        return !table.is(slot, FlowTable.GONE)
                && !table.isOwn(slot)
                && table.ownerOf(slot).isAlive();
    }

    /** From now on the ends of entries are remembered, for a dump that is about to begin. */
    void rememberEnds() {
        recentlyEnded.clear();
        remembersEnds = true;
    }

    void forgetEnds() {
        remembersEnds = false;
    }

    RecentlyEnded recentlyEnded() {
        return recentlyEnded;
    }

    /** Whether the end of this very entry, not only of its tuple, has been read since the page before was filled. */
    boolean hasJustEnded(Flow entry) {
        return recentlyEnded.contains(hash(entry));
    }

    private long hash(Flow entry) {
        return table.identityHash(entry) ^ entry.kernelId * HASH_FACTOR;
    }

    /** The kernel has the flow no more: its owner's kernel is right, a peer that stands behind it too. */
    void vanished(int slot) {
        now = clock.nanos();
        table.unset(slot, FlowTable.IN_KERNEL | FlowTable.LIVE);
        if (table.is(slot, FlowTable.GONE)) {
            return;
        }
        Owner owner = table.ownerOf(slot);
        if (table.isOwn(slot)) {
            table.set(slot, FlowTable.GONE);
            table.toPublish().mark(slot, false, now);
        } else if (owner.isAlive()) {
            table.attempts(slot, 0);
            table.toInject().mark(slot, true, now);
        } else {
            table.set(slot, FlowTable.GONE);
            table.release(slot);
        }
    }

    /** Adds a flow that nobody owns; -1 if it is not to be replicated or does not fit. */
    int add(Flow flow, boolean isBorn) {
        if (local.isLocal(flow)) {
            return -1;
        }
        int decision = selection.decideForLife(flow);
        if (decision != Selection.ADMITTED) {
            if (isBorn) {
                exclusions.count(decision);
            }
            return -1;
        }
        int slot = table.add(flow);
        if (slot < 0) {
            counts.tableFull.increment();
            return -1;
        }
        table.seen(slot);
        return slot;
    }

    /** The kernel has a flow of this node, or nobody's, otherwise than the table: the kernel is right. */
    void follow(int slot, Flow entry) {
        now = clock.nanos();
        if (merge(slot, entry, true) && table.isOwn(slot)) {
            publish(slot, merged);
        }
    }

    /** Whether packets have passed here, on a node that may forward them, of which a peer's flow does not know: only they do such things. */
    boolean hasPassedHere(Flow known, Flow entry) {
        return !hasStoodDown.getAsBoolean()
                && (ExtensionMerge.isOnlyAdjustedThere(known, entry)
                        || (entry.status & ~known.status & BY_PACKETS_ONLY) != 0);
    }

    /** The kernel knows more of a peer's flow than the peer, for the packets pass here; the events that told of it were lost. */
    void takeOver(int slot, Flow entry) {
        now = clock.nanos();
        merge(slot, entry, true);
        own(slot);
        publish(slot, merged);
    }

    /** The kernel has a peer's flow otherwise than the peer: the peer is right. */
    void rewrite(int slot, Flow entry) {
        now = clock.nanos();
        table.load(slot, merged);
        if (!merged.reply.sameAs(entry.reply)
                || lacksRelation(slot, merged, entry)
                || ExtensionMerge.isOnlyAdjustedThere(merged, entry)) {
            table.set(slot, FlowTable.RECREATE);
        }
        // A helper may have been loaded since it was missed.
        table.unset(slot, FlowTable.HELPLESS);
        table.toInject().mark(slot, false, now);
    }

    /** Whether the entry lacks its master or helper. An orphan is seen to when its master comes. */
    boolean lacksRelation(int slot, Flow known, Flow entry) {
        if (!known.isExtended()) {
            return false;
        }
        int lacks = ExtensionMerge.lacking(known, entry);
        return (table.is(slot, FlowTable.ORPHAN) ? lacks & ~Flow.HAS_MASTER : lacks) != 0;
    }

    /** Lays what the event carries over what the record has; true if something of it is new. */
    private boolean merge(int slot, Flow flow, boolean isDump) {
        table.load(slot, merged);
        boolean changed = FlowMerge.into(merged, flow, isDump);
        table.store(slot, merged);
        table.seen(slot);
        return changed;
    }

    private void publish(int slot, Flow flow) {
        table.toPublish().mark(slot, Urgency.isUrgent(flow), now);
    }

    @Override
    public void onMalformed(String reason) {
        counts.malformed.increment();
        LOG.debug("malformed conntrack message: {}", reason);
    }

    @Override
    public void onOverrun() {
        counts.overruns.increment();
        sinks.onOverrun();
    }

    @Override
    public void onDrained() {
        sinks.onDrained();
    }

    @Override
    public void onFailed(NetlinkException cause) {
        sinks.onFailed(cause);
    }
}
