package io.keepflow.node.capture;

import io.keepflow.node.netlink.EventType;
import io.keepflow.node.netlink.FlowListener;
import io.keepflow.node.netlink.NetlinkException;
import io.keepflow.node.table.ExpectationRecord;
import io.keepflow.node.table.ExpectationTable;
import io.keepflow.node.table.Owners;
import io.keepflow.node.time.Clock;
import io.keepflow.protocol.Expectation;
import io.keepflow.protocol.Flow;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Merges what the kernel says of expectations into their table, as {@link Capture} does it with flows.
 *
 * <p>Who sees the packets that make one owns it. One that vanishes here before its time was used if this node forwards packets,
 * and then it ends everywhere; otherwise it is put back. The kernel tells nothing of changes, as of a timeout that was begun
 * anew: dumps show them.
 */
public final class ExpectationCapture implements FlowListener {
    /** The kernel tells whole seconds. */
    private static final long TOLERANCE_NANOS = 2_000_000_000L;

    private static final Logger LOG = LoggerFactory.getLogger(ExpectationCapture.class);

    private final ExpectationTable table;
    private final Clock clock;
    private final BooleanSupplier isPassive;
    private final ExpectationCounts counts;
    private final Consumer<Expectation> made;
    private final Runnable drain;

    /**
     * {@code isPassive} says whether this node forwards nothing; {@code made} hears of each expectation that packets made, {@code drain}
     * is called when the socket is read empty.
     */
    public ExpectationCapture(
            ExpectationTable table,
            Clock clock,
            BooleanSupplier isPassive,
            ExpectationCounts counts,
            Consumer<Expectation> made,
            Runnable drain) {
        this.table = table;
        this.clock = clock;
        this.isPassive = isPassive;
        this.counts = counts;
        this.made = made;
        this.drain = drain;
    }

    @Override
    public void onExpectation(EventType type, Expectation expectation, int portId) {
        ExpectationRecord record = table.find(expectation.identity());
        if (type == EventType.DESTROY) {
            counts.destroyed.increment();
            if (record != null) {
                vanished(record, portId == 0 && !isPassive.getAsBoolean());
            }
        } else if (type == EventType.DUMP) {
            if (record == null || !record.isGone()) {
                dumped(record, expectation);
            }
        } else {
            counts.created.increment();
            if (portId == 0) {
                made.accept(expectation);
            }
            appeared(record, expectation, portId);
        }
    }

    private void appeared(@Nullable ExpectationRecord known, Expectation expectation, int portId) {
        ExpectationRecord record = known == null ? table.add(expectation, expires(expectation)) : known;
        if (record == null) {
            counts.tableFull.increment();
            return;
        }
        table.seen(record, expectation);
        boolean isPeers = record.owner().index() > Owners.SELF && record.owner().isAlive() && !record.isGone();
        if (isPeers && portId != 0) {
            // Somebody changed a peer's by hand: the owner's goes over it.
            table.toInject().add(record);
            return;
        }
        record.gone(false);
        record.set(expectation, expires(expectation));
        if (!record.isOwn()) {
            record.claim(table.owners().self());
        }
        table.toInject().remove(record);
        publish(record);
    }

    private void dumped(@Nullable ExpectationRecord known, Expectation expectation) {
        if (known == null) {
            ExpectationRecord added = table.add(expectation, expires(expectation));
            if (added == null) {
                counts.tableFull.increment();
            } else {
                table.seen(added, expectation);
            }
            return;
        }
        table.seen(known, expectation);
        known.attempts(0, 0);
        boolean same = known.expectation().sameButTimeout(expectation)
                && Math.abs(expires(expectation) - known.expiresNanos()) <= TOLERANCE_NANOS;
        if (same) {
            return;
        }
        if (known.owner().index() > Owners.SELF) {
            counts.repaired.increment();
            table.toInject().add(known);
        } else {
            known.set(expectation, expires(expectation));
            if (known.isOwn()) {
                publish(known);
            }
        }
    }

    private void publish(ExpectationRecord record) {
        record.attempts(0, 0);
        table.toPublish().add(record);
    }

    /** The audit after a dump: what the kernel lacks although the table believed it there, and what nobody waits for any more. */
    public void auditAll() {
        for (ExpectationRecord record : table.all()) {
            if (record.isGone()) {
                table.release(record);
            } else if (table.isMissed(record)) {
                vanished(record, false);
            } else if (!record.isInKernel() && isOver(record) && !record.owner().isAlive()) {
                table.remove(record);
            }
        }
    }

    /** The kernel has it no more. */
    private void vanished(ExpectationRecord record, boolean wasUsed) {
        record.inKernel(null);
        if (record.isGone()) {
            table.release(record);
        } else if (record.isOwn()) {
            end(record);
        } else if (wasUsed && record.owner().index() > Owners.SELF && !isOver(record)) {
            record.claim(table.owners().self());
            end(record);
        } else if (!record.owner().isAlive()) {
            table.remove(record);
        } else if (!isOver(record)) {
            counts.repaired.increment();
            record.attempts(0, 0);
            table.toInject().add(record);
        }
    }

    private void end(ExpectationRecord record) {
        record.gone(true);
        if (record.wasPublished()) {
            table.toPublish().add(record);
        } else {
            table.remove(record);
        }
    }

    private boolean isOver(ExpectationRecord record) {
        return record.expiresNanos() - clock.nanos() < TOLERANCE_NANOS;
    }

    private long expires(Expectation expectation) {
        return clock.nanos() + expectation.timeoutSeconds() * 1_000_000_000L;
    }

    @Override
    public void onFlow(EventType type, Flow flow, int portId) {
        onMalformed("a flow among expectations");
    }

    @Override
    public void onMalformed(String reason) {
        counts.malformed.increment();
        LOG.debug("malformed expectation message: {}", reason);
    }

    /** The next audit, a second later at most, finds what was lost. */
    @Override
    public void onOverrun() {
        counts.overruns.increment();
    }

    @Override
    public void onDrained() {
        drain.run();
    }

    @Override
    public void onFailed(NetlinkException cause) {
        LOG.error("the subscription to expectations broke, dumps go on every second: {}", cause.getMessage());
    }
}
