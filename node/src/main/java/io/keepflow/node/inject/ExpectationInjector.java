package io.keepflow.node.inject;

import io.keepflow.node.table.ExpectationRecord;
import io.keepflow.node.table.ExpectationTable;
import io.keepflow.node.time.Clock;
import io.keepflow.protocol.Expectation;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * Takes the expectations that wait for injection into the kernel, after the flows that they belong to.
 *
 * <p>An expectation whose master is not there yet, or that the kernel refuses for another reason, is tried again after a pause
 * that grows to a second, for as long as its owner stands behind it.
 */
public final class ExpectationInjector {
    private static final int PER_TURN = 256;
    private static final long FIRST_PAUSE_NANOS = 20_000_000L;
    private static final int MAX_DOUBLINGS = 6;
    private static final int ENOENT = 2;
    private static final int EEXIST = 17;

    /** Expectations put into the kernel, taken out of it, and refused. */
    public final LongAdder created = new LongAdder();

    public final LongAdder deleted = new LongAdder();
    public final LongAdder refused = new LongAdder();

    private final ExpectationTable table;
    private final ExpectationKernel kernel;
    private final Clock clock;
    private volatile int lastErrno;

    public ExpectationInjector(ExpectationTable table, ExpectationKernel kernel, Clock clock) {
        this.table = table;
        this.kernel = kernel;
        this.clock = clock;
    }

    /** The errno of the last refusal, or 0. */
    public int lastErrno() {
        return lastErrno;
    }

    /** Injects what waits and may be tried now; true if more could be done at once. */
    public boolean drain() {
        if (table.toInject().isEmpty()) {
            return false;
        }
        long now = clock.nanos();
        List<ExpectationRecord> due = new ArrayList<>();
        Iterator<ExpectationRecord> waiting = table.toInject().iterator();
        while (waiting.hasNext() && due.size() < PER_TURN) {
            ExpectationRecord record = waiting.next();
            if (record.isGone() || record.nextAttemptNanos() - now <= 0) {
                waiting.remove();
                due.add(record);
            }
        }
        due.forEach(record -> inject(record, now));
        return due.size() == PER_TURN;
    }

    private void inject(ExpectationRecord record, long now) {
        if (record.isGone()) {
            takeOut(record);
            table.release(record);
        } else if (!record.isOwn()) {
            putIn(record, now);
        }
    }

    private void putIn(ExpectationRecord record, long now) {
        Expectation wanted = record.expectation();
        int secondsLeft = record.secondsLeft(now);
        if (secondsLeft == 0) {
            return;
        }
        Expectation has = record.inKernel();
        if (has != null && !has.sameButTimeout(wanted)) {
            takeOut(record);
        }
        int errno = record.isInKernel() ? 0 : create(record, wanted);
        if (errno == 0) {
            errno = kernel.arm(wanted, secondsLeft);
        }
        if (errno == 0) {
            record.attempts(0, 0);
            table.seen(record, wanted);
        } else {
            failed(record, errno, now);
        }
    }

    private int create(ExpectationRecord record, Expectation wanted) {
        int errno = kernel.create(wanted);
        if (errno == EEXIST && kernel.delete(wanted) == 0) {
            // Something of this identity is there that this node did not know: the owner's goes over it.
            errno = kernel.create(wanted);
        }
        if (errno == 0) {
            created.increment();
            table.seen(record, wanted);
        }
        return errno;
    }

    private void takeOut(ExpectationRecord record) {
        if (!record.isInKernel()) {
            return;
        }
        int errno = kernel.delete(record.expectation());
        if (errno == 0) {
            deleted.increment();
        } else if (errno != ENOENT) {
            lastErrno = errno;
            refused.increment();
        }
        record.inKernel(null);
    }

    private void failed(ExpectationRecord record, int errno, long now) {
        record.inKernel(null);
        int attempts = record.attempts() + 1;
        lastErrno = errno;
        refused.increment();
        record.attempts(attempts, now + (FIRST_PAUSE_NANOS << Math.min(attempts - 1, MAX_DOUBLINGS)));
        table.toInject().add(record);
    }
}
