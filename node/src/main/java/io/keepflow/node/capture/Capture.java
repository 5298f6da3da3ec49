package io.keepflow.node.capture;

import io.keepflow.node.filter.Exclusions;
import io.keepflow.node.filter.Selection;
import io.keepflow.node.netlink.EventType;
import io.keepflow.node.netlink.FlowListener;
import io.keepflow.node.netlink.NetlinkException;
import io.keepflow.node.table.FlowTable;
import io.keepflow.node.table.Owner;
import io.keepflow.node.table.Owners;
import io.keepflow.node.table.Urgency;
import io.keepflow.node.time.Clock;
import io.keepflow.protocol.Flow;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Merges what the kernel says into the table.
 *
 * <p>An event that packets caused makes this node the flow's owner, whoever had it before. What a dump shows and nobody owns
 * stays unowned until the node claims it. A flow of a peer that vanishes from this kernel while its owner stands behind it is
 * put back.
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

    private static final Logger LOG = LoggerFactory.getLogger(Capture.class);

    private final FlowTable table;
    private final LocalTraffic local;
    private final Selection selection;
    private final Exclusions exclusions;
    private final Clock clock;
    private final CaptureCounts counts;
    private final Sinks sinks;
    private final Flow merged = new Flow();
    private long now;

    public Capture(
            FlowTable table,
            LocalTraffic local,
            Selection selection,
            Exclusions exclusions,
            Clock clock,
            CaptureCounts counts,
            Sinks sinks) {
        this.table = table;
        this.local = local;
        this.selection = selection;
        this.exclusions = exclusions;
        this.clock = clock;
        this.counts = counts;
        this.sinks = sinks;
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
                destroyed(slot);
            }
            case DUMP -> dumped(slot, flow);
        }
    }

    private void appeared(int slot, Flow flow, int portId, boolean isBorn) {
        if (slot < 0) {
            int added = add(flow, isBorn);
            if (added >= 0) {
                if (isBorn) {
                    born(added);
                }
                own(added);
                publish(added, flow);
            }
        } else if (table.is(slot, FlowTable.GONE)) {
            revive(slot, flow);
            if (isBorn) {
                born(slot);
            }
        } else if (table.isOwn(slot)) {
            merge(slot, flow, false);
            table.set(slot, FlowTable.LIVE);
            publish(slot, merged);
        } else if (portId == 0 || table.ownerIndex(slot) == Owners.NOBODY) {
            merge(slot, flow, false);
            own(slot);
            publish(slot, merged);
        } else if (table.ownerOf(slot).isAlive()) {
            // Somebody changed a peer's flow by hand: the owner's state goes over it.
            table.seen(slot);
            table.toInject().mark(slot, false, now);
        }
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

    private void dumped(int slot, Flow flow) {
        if (slot < 0) {
            add(flow, false);
        } else if (table.is(slot, FlowTable.GONE)) {
            return;
        } else if (table.ownerIndex(slot) > Owners.SELF) {
            compare(slot, flow);
        } else if (merge(slot, flow, true) && table.isOwn(slot)) {
            publish(slot, merged);
        }
    }

    /** What the kernel has of a peer's flow is to be what the peer says. */
    private void compare(int slot, Flow flow) {
        table.seen(slot);
        table.load(slot, merged);
        boolean lacks = merged.isExtended() && lacksRelation(slot, flow);
        if (FlowMerge.isCopy(merged, flow) && !lacks) {
            return;
        }
        counts.repaired.increment();
        if (lacks || !merged.reply.sameAs(flow.reply)) {
            table.set(slot, FlowTable.RECREATE);
        }
        table.toInject().mark(slot, false, now);
    }

    /**
     * Whether the entry lacks its master or helper. An orphan is seen to when its master comes; a helper may have been loaded since
     * it was missed.
     */
    private boolean lacksRelation(int slot, Flow entry) {
        int lacks = ExtensionMerge.lacking(merged, entry);
        if (table.is(slot, FlowTable.ORPHAN)) {
            lacks &= ~Flow.HAS_MASTER;
        }
        table.unset(slot, FlowTable.HELPLESS);
        return lacks != 0;
    }

    private void destroyed(int slot) {
        if (slot < 0) {
            return;
        }
        table.unset(slot, FlowTable.IN_KERNEL | FlowTable.LIVE);
        if (table.is(slot, FlowTable.GONE)) {
            return;
        }
        Owner owner = table.ownerOf(slot);
        if (table.isOwn(slot)) {
            table.set(slot, FlowTable.GONE);
            table.toPublish().mark(slot, false, now);
        } else if (owner.isAlive()) {
            counts.repaired.increment();
            table.attempts(slot, 0);
            table.toInject().mark(slot, true, now);
        } else {
            table.set(slot, FlowTable.GONE);
            table.release(slot);
        }
    }

    /** Adds a flow that nobody owns; -1 if it is not to be replicated or does not fit. */
    private int add(Flow flow, boolean isBorn) {
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

    /** The audit after a dump: what the kernel lacks although the table believed it there. Looks at one slot. */
    public void auditSlot(int slot) {
        if (table.isLive(slot) && (table.isMissed(slot) || isPhantom(slot))) {
            now = clock.nanos();
            destroyed(slot);
        }
    }

    /** A flow that never got into the kernel, and whose owner is gone or is now this node: nobody else would ever end it. */
    private boolean isPhantom(int slot) {
        return !table.is(slot, FlowTable.IN_KERNEL)
                && !table.toInject().contains(slot)
                && (table.isOwn(slot) || !table.ownerOf(slot).isAlive());
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
