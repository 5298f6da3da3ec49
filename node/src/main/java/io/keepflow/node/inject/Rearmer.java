package io.keepflow.node.inject;

import io.keepflow.node.table.FlowTable;
import io.keepflow.node.table.Owners;
import io.keepflow.node.time.Clock;

/**
 * Walks the table without end and keeps what was injected alive: no traffic refreshes an injected entry, so it is armed again
 * when half of its lease is over, for as long as its owner is connected and has not taken it back. From the moment that this
 * node owns a flow, or that its owner is gone, the kernel's own timeout runs.
 *
 * <p>On its way it gives another try to what could not be injected.
 */
public final class Rearmer {
    /** Shortest lease of an injected entry. A round is shorter than half of it. */
    static final int MIN_LEASE_SECONDS = 20;

    /** Calls of {@link #step} that make one round, at ten a second. */
    private static final int STEPS_PER_ROUND = 40;

    private final FlowTable table;
    private final Injector injector;
    private final Clock clock;
    private int cursor;
    private int unplacedSoFar;
    private volatile int unplaced;

    public Rearmer(FlowTable table, Injector injector, Clock clock) {
        this.table = table;
        this.injector = injector;
        this.clock = clock;
    }

    /** Looks at the next part of the table. Called ten times a second, before {@link Injector#drain}. */
    public void step() {
        int end = Math.min(table.slots(), cursor + table.slots() / STEPS_PER_ROUND + 1);
        int now = clock.seconds();
        for (; cursor < end; cursor++) {
            if (table.isUsed(cursor)) {
                look(cursor, now);
            }
        }
        injector.flush();
        if (cursor >= table.slots()) {
            cursor = 0;
            unplaced = unplacedSoFar;
            unplacedSoFar = 0;
        }
    }

    /** Flows of peers that the kernel refused, as the last whole round counted them. */
    public int unplaced() {
        return unplaced;
    }

    private void look(int slot, int now) {
        if (table.is(slot, FlowTable.GONE)) {
            tidy(slot);
        } else if (table.ownerIndex(slot) > Owners.SELF && table.ownerOf(slot).isAlive()) {
            keep(slot, now);
        }
    }

    private void tidy(int slot) {
        if (table.is(slot, FlowTable.IN_KERNEL)) {
            table.toInject().mark(slot, false, clock.nanos());
        } else {
            table.release(slot);
        }
    }

    private void keep(int slot, int now) {
        if (!table.is(slot, FlowTable.IN_KERNEL) || table.attempts(slot) > 0) {
            if (!table.toInject().contains(slot)) {
                unplacedSoFar++;
                table.attempts(slot, 0);
                table.toInject().mark(slot, false, clock.nanos());
            }
        } else if (injector.canBeReunited(slot)) {
            table.unset(slot, FlowTable.ORPHAN);
            table.set(slot, FlowTable.RECREATE);
            table.toInject().mark(slot, false, clock.nanos());
        } else if (injector.isDueForRefresh(slot, now)) {
            injector.refresh(slot);
        }
    }
}
