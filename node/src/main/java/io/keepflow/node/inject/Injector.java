package io.keepflow.node.inject;

import io.keepflow.node.inject.Injections.Result;
import io.keepflow.node.table.DirtySet;
import io.keepflow.node.table.FlowTable;
import io.keepflow.node.table.Owners;
import io.keepflow.node.time.Clock;
import io.keepflow.protocol.Flow;
import java.util.function.BooleanSupplier;

/**
 * Drains the flows that wait for injection into the kernel, and answers what the kernel answers.
 *
 * <p>A flow that is not in the kernel is created, one that is there is updated, a gone one deleted. What the kernel refuses is
 * tried again in another way (an entry exists: update; it is missing: create; it cannot be changed: delete and create) at most
 * {@value FlowTable#MAX_ATTEMPTS} times in a row, then left to the {@link Rearmer}'s next round.
 */
public final class Injector {
    /** Flows per call of {@link #drain}, so that events are never starved. */
    private static final int FLOWS_PER_TURN = 2048;

    /** How long a flow that protects no live connection may wait for coalescing. */
    private static final long LAZY_DELAY_NANOS = 20_000_000L;

    private static final int EPERM = 1;
    private static final int ENOENT = 2;
    private static final int EAGAIN = 11;
    private static final int ENOMEM = 12;
    private static final int EBUSY = 16;
    private static final int EEXIST = 17;
    private static final int ENOSPC = 28;
    private static final int EOPNOTSUPP = 95;

    private static final int CREATE = 0;
    private static final int UPDATE = 1;
    private static final int REFRESH = 2;
    private static final int DELETE = 3;
    private static final int EVICT = 4;
    private static final int OPERATION_BITS = 3;

    /** Packets do not prolong an injected GRE entry ({@code IPS_FIXED_TIMEOUT}): after a takeover this is all that it has. */
    private static final int GRE_LEASE_SECONDS = 600;

    /** The kernel shows no timeout of what a flow table forwards, so the last one known may be a handshake's, or none. */
    private static final int OFFLOADED_LEASE_SECONDS = 300;

    /** The longest chain there is: RTP, expected by H.245, by Q.931, by RAS. */
    private static final int MAX_MASTERS = 3;

    private final FlowTable table;
    private final DirtySet dirty;
    private final Kernel kernel;
    private final Clock clock;
    private final BooleanSupplier isPassive;
    private final Injections injections;
    private final Kernel.Answers answers = this::onAnswer;
    private final Flow flow = new Flow();
    private final Flow answered = new Flow();

    /**
     * An injector into {@code kernel}. {@code isPassive} says whether this node forwards nothing, so that an entry that stands in
     * the way of a peer's flow may be deleted, and one that packets made overwritten.
     */
    public Injector(FlowTable table, Kernel kernel, Clock clock, BooleanSupplier isPassive, Injections injections) {
        this.table = table;
        this.dirty = table.toInject();
        this.kernel = kernel;
        this.clock = clock;
        this.isPassive = isPassive;
        this.injections = injections;
    }

    /** Injects some of what waits; true if more could be done at once. */
    public boolean drain() {
        long lazyBefore = clock.nanos() - LAZY_DELAY_NANOS;
        int flows = 0;
        for (; flows < FLOWS_PER_TURN; flows++) {
            int slot = dirty.pollUrgent();
            if (slot < 0) {
                slot = dirty.pollLazy(lazyBefore);
            }
            if (slot < 0) {
                break;
            }
            request(slot);
        }
        flush();
        return flows == FLOWS_PER_TURN;
    }

    /** Takes the answers to what was requested: none is under way when anybody else changes the table. */
    void flush() {
        kernel.flush(answers);
    }

    private void request(int slot) {
        load(slot);
        if (table.is(slot, FlowTable.GONE)) {
            if (table.is(slot, FlowTable.IN_KERNEL)) {
                send(DELETE, slot);
            } else {
                table.release(slot);
            }
        } else if (table.isOwn(slot)) {
            table.unset(slot, FlowTable.RECREATE | FlowTable.EVICT);
        } else if (!table.is(slot, FlowTable.IN_KERNEL)) {
            if (table.is(slot, FlowTable.EVICT)) {
                table.unset(slot, FlowTable.EVICT);
                send(EVICT, slot);
            }
            create(slot, 0);
        } else if (table.is(slot, FlowTable.RECREATE) && mayDelete(slot)) {
            send(DELETE, slot);
            create(slot, 0);
        } else {
            if (table.is(slot, FlowTable.RELATED)) {
                flow.present |= Flow.HAS_MASTER;
            }
            send(UPDATE, slot);
        }
    }

    /** The kernel takes a flow with a master only if it has the master, and one with a helper only if it has loaded that. */
    private void create(int slot, int depth) {
        if (flow.has(Flow.HAS_MASTER)) {
            masterFirst(slot, depth);
        }
        send(CREATE, slot);
    }

    /** Loads the flow as this kernel can have it. */
    private void load(int slot) {
        table.load(slot, flow);
        if (table.is(slot, FlowTable.ORPHAN)) {
            flow.present &= ~Flow.HAS_MASTER;
        }
        if (table.is(slot, FlowTable.HELPLESS)) {
            flow.present &= ~Flow.HAS_HELPER;
        }
    }

    /** A master that waits for its turn takes it now, and its own master before it. */
    private void masterFirst(int slot, int depth) {
        int master = table.findMaster(flow);
        if (depth == MAX_MASTERS || !waitsForCreation(master)) {
            return;
        }
        flush();
        if (waitsForCreation(master)) {
            load(master);
            create(master, depth + 1);
            flush();
        }
        load(slot);
    }

    private boolean waitsForCreation(int slot) {
        return slot >= 0
                && table.ownerIndex(slot) > Owners.SELF
                && !table.is(slot, FlowTable.IN_KERNEL | FlowTable.GONE)
                && table.attempts(slot) == 0;
    }

    /** Whether the kernel has the master of a flow that it has without it. */
    boolean canBeReunited(int slot) {
        if (!table.is(slot, FlowTable.ORPHAN)) {
            return false;
        }
        table.load(slot, flow);
        int master = table.findMaster(flow);
        return master >= 0 && table.is(master, FlowTable.IN_KERNEL) && !table.is(master, FlowTable.GONE);
    }

    /** Where a node forwards packets, an entry that they made is not deleted, though a peer owns the flow too. */
    private boolean mayDelete(int slot) {
        return isPassive.getAsBoolean() || !table.is(slot, FlowTable.LIVE);
    }

    /** Whether half of the entry's lease is over at this second of the node's clock. */
    boolean isDueForRefresh(int slot, int second) {
        int left = table.armedUntil(slot) - second;
        // No lease is longer than the timeout and than GRE's, so most entries need no more than this glance.
        if (left > Math.max(table.timeout(slot), GRE_LEASE_SECONDS) / 2) {
            return false;
        }
        table.load(slot, flow);
        return left <= leaseSeconds(flow) / 2;
    }

    /** Arms an entry again; {@link #flush} afterwards. */
    void refresh(int slot) {
        table.load(slot, flow);
        send(REFRESH, slot);
    }

    private void send(int operation, int slot) {
        if (!add(operation, slot)) {
            kernel.flush(answers);
            if (!add(operation, slot)) {
                throw new IllegalStateException("an empty batch has no room for one request");
            }
        }
    }

    private boolean add(int operation, int slot) {
        long cookie = (long) slot << OPERATION_BITS | operation;
        return switch (operation) {
            case CREATE -> kernel.create(flow, leaseSeconds(flow), cookie);
            case UPDATE -> kernel.update(flow, leaseSeconds(flow), true, cookie);
            case REFRESH -> kernel.refresh(flow, leaseSeconds(flow), cookie);
            case DELETE -> kernel.delete(flow, cookie);
            case EVICT -> kernel.deleteByReply(flow, cookie);
            default -> throw new IllegalArgumentException("operation " + operation);
        };
    }

    /** How long an injected entry lives if nobody arms it again: as long as its owner said, but never too short to be re-armed. */
    static int leaseSeconds(Flow flow) {
        int least = Rearmer.MIN_LEASE_SECONDS;
        if (flow.protocol == Flow.GRE) {
            least = GRE_LEASE_SECONDS;
        } else if ((flow.status & Flow.IPS_OFFLOAD) != 0) {
            least = OFFLOADED_LEASE_SECONDS;
        }
        return Math.max(flow.timeout, least);
    }

    private void onAnswer(long cookie, int errno) {
        int slot = (int) (cookie >>> OPERATION_BITS);
        switch ((int) cookie & (1 << OPERATION_BITS) - 1) {
            case CREATE -> created(slot, errno);
            case UPDATE -> updated(slot, errno, Result.UPDATED);
            case REFRESH -> updated(slot, errno, Result.REFRESHED);
            case DELETE -> deleted(slot, errno);
            default -> evicted(errno);
        }
    }

    private void created(int slot, int errno) {
        if (errno == 0) {
            injections.count(Result.CREATED);
            table.unset(slot, FlowTable.RECREATE | FlowTable.LIVE | FlowTable.RELATED);
            armed(slot);
            return;
        }
        if (errno == EEXIST) {
            injections.count(Result.EXISTS);
            exists(slot);
            return;
        }
        table.unset(slot, FlowTable.IN_KERNEL);
        if ((errno == ENOENT && canDoWithout(slot, Flow.HAS_MASTER, FlowTable.ORPHAN, Result.ORPHANED))
                || (errno == EOPNOTSUPP && canDoWithout(slot, Flow.HAS_HELPER, FlowTable.HELPLESS, Result.HELPLESS))) {
            return;
        }
        table.attempts(slot, Math.max(1, table.attempts(slot)));
        if (errno == ENOMEM || errno == ENOSPC || errno == EAGAIN) {
            injections.refused(Result.TABLE_FULL, errno);
        } else {
            injections.refused(Result.FAILED, errno);
        }
    }

    /** Tries again at once without what this kernel has not got: better a flow without its master than none. */
    private boolean canDoWithout(int slot, int group, int mark, Result result) {
        table.load(slot, answered);
        if (!answered.has(group) || table.is(slot, mark)) {
            return false;
        }
        injections.count(result);
        table.set(slot, mark);
        dirty.mark(slot, true, clock.nanos());
        return true;
    }

    /** Something stands in the way: this flow itself, first of all, or else an entry with its reply tuple. */
    private void exists(int slot) {
        int attempts = table.attempts(slot);
        if (attempts == 0) {
            // An update could not change its reply tuple, so it is made anew, but where its packets may be passing.
            table.set(slot, FlowTable.IN_KERNEL | (isPassive.getAsBoolean() ? FlowTable.RECREATE : 0));
            retry(slot);
            return;
        }
        table.unset(slot, FlowTable.IN_KERNEL);
        if (attempts < FlowTable.MAX_ATTEMPTS && isPassive.getAsBoolean()) {
            table.set(slot, FlowTable.EVICT);
            table.attempts(slot, FlowTable.MAX_ATTEMPTS);
            dirty.mark(slot, true, clock.nanos());
        } else {
            table.attempts(slot, FlowTable.MAX_ATTEMPTS);
            injections.count(Result.CONFLICT);
        }
    }

    private void updated(int slot, int errno, Result result) {
        switch (errno) {
            case 0 -> {
                injections.count(result);
                armed(slot);
            }
            case ENOENT -> {
                injections.count(Result.MISSING);
                table.unset(slot, FlowTable.IN_KERNEL);
                retry(slot);
            }
            case EBUSY -> {
                table.set(slot, FlowTable.RECREATE);
                if (mayDelete(slot)) {
                    retry(slot);
                } else {
                    updateOtherwise(slot);
                }
            }
            case EPERM -> {
                injections.count(Result.FIXED_TIMEOUT);
                fixed(slot);
            }
            default -> notUpdated(slot, errno, result);
        }
    }

    /** An entry that packets made may have a master where its owner's has none, or none where that has: an update must say so. */
    private void updateOtherwise(int slot) {
        table.load(slot, answered);
        int mark = answered.has(Flow.HAS_MASTER) ? FlowTable.ORPHAN : FlowTable.RELATED;
        if (table.is(slot, mark)) {
            table.unset(slot, mark);
        } else {
            table.set(slot, mark);
        }
        if (table.attempts(slot) == 0) {
            retry(slot);
        } else {
            injections.count(Result.KEPT);
            table.attempts(slot, 0);
        }
    }

    private void notUpdated(int slot, int errno, Result result) {
        table.load(slot, answered);
        if (errno == ENOSPC && answered.has(Flow.HAS_LABELS)) {
            // All but the labels was applied: no rule of this node uses any.
            injections.count(Result.UNLABELLED);
            armed(slot);
            return;
        }
        injections.refused(Result.FAILED, errno);
        if (result == Result.UPDATED) {
            retry(slot);
        }
    }

    /** A timeout that cannot change is prolonged by a new entry, or, where packets pass, not. */
    private void fixed(int slot) {
        if (mayDelete(slot)) {
            table.set(slot, FlowTable.RECREATE);
            retry(slot);
        } else {
            armed(slot);
        }
    }

    private void deleted(int slot, int errno) {
        if (errno != 0 && errno != ENOENT) {
            injections.refused(Result.FAILED, errno);
            return;
        }
        table.unset(slot, FlowTable.IN_KERNEL);
        if (table.is(slot, FlowTable.GONE)) {
            injections.count(Result.DELETED);
            table.release(slot);
        } else if (table.is(slot, FlowTable.RECREATE)) {
            injections.count(Result.RECREATED);
            table.unset(slot, FlowTable.RECREATE);
        }
    }

    private void evicted(int errno) {
        if (errno == 0) {
            injections.count(Result.EVICTED);
        } else if (errno != ENOENT) {
            injections.refused(Result.FAILED, errno);
        }
    }

    private void armed(int slot) {
        table.load(slot, answered);
        table.seen(slot);
        table.attempts(slot, 0);
        table.armedUntil(slot, clock.seconds() + leaseSeconds(answered));
    }

    private void retry(int slot) {
        int attempts = table.attempts(slot) + 1;
        if (attempts <= FlowTable.MAX_ATTEMPTS) {
            table.attempts(slot, attempts);
            dirty.mark(slot, true, clock.nanos());
        }
    }
}
