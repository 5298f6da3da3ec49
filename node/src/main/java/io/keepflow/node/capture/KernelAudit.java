package io.keepflow.node.capture;

import io.keepflow.node.netlink.NetlinkException;
import io.keepflow.node.time.Clock;
import io.keepflow.protocol.Flow;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares the table with this node's own kernel, again and again: at the start, every 60 s (entries from before the node listened
 * may never emit an event) or less often if the table is so large that it takes long, after an overrun or an eviction, and when
 * somebody asks. In turns of at most some hundred entries between the node's other work. What fails or stalls is repeated; nothing
 * ends the audits but {@link #close}.
 */
public final class KernelAudit implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(KernelAudit.class);

    /** How long what takes, in milliseconds. */
    record Pace(int intervalMs, int retryMs, int stallMs, int settleMs, int sweepPauseMs) {
        /** Events of what the dump caught in the act have been read when the audit settles. */
        static final Pace DEFAULT = new Pace(60_000, 1_000, 10_000, 100, 1);

        static final int MAX_DOUBLINGS = 5;

        /** Audits that nobody calls for take two per cent of the time, so that a large table costs little at rest. */
        private static final int LENGTHS_BETWEEN = 50;

        /** What no event tells is found after this and an audit, however long that takes. */
        private static final long MAX_INTERVAL_MS = 300_000;

        /** How long after an audit of that length the next one begins by itself. */
        long pauseMs(AuditReport report) {
            long byLength = LENGTHS_BETWEEN * report.durationNanos() / 1_000_000;
            return Math.clamp(byLength, intervalMs, MAX_INTERVAL_MS);
        }
    }

    /** Somebody who asked for an audit; called on the node's thread. */
    public interface Observer extends Comparison.Observer {
        void onDone(AuditReport report);

        /** The audit failed, and will be repeated; nothing more is told. */
        void onFailed(String reason);
    }

    private final EventExecutor loop;
    private final Dumps dumps;
    private final Comparison comparison;
    private final Clock clock;
    private final Pace pace;
    private final AuditPace calls = new AuditPace();
    private final Consumer<String> faults;
    private final LongConsumer onDone;
    private final LongAdder done = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final List<Observer> waiting = new ArrayList<>();
    private final List<Observer> observers = new ArrayList<>();
    private @Nullable Future<?> next;
    private @Nullable Running running;
    private boolean again;
    private int failuresInARow;
    private volatile @Nullable AuditReport last;
    private volatile boolean closed;

    /** {@code faults} hears what an operator should know; {@code onDone} is told on the loop, after each audit, when it began. */
    public KernelAudit(
            EventExecutor loop,
            Dumps dumps,
            Comparison comparison,
            Clock clock,
            Consumer<String> faults,
            LongConsumer onDone) {
        this(loop, dumps, comparison, clock, faults, onDone, Pace.DEFAULT);
    }

    KernelAudit(
            EventExecutor loop,
            Dumps dumps,
            Comparison comparison,
            Clock clock,
            Consumer<String> faults,
            LongConsumer onDone,
            Pace pace) {
        this.loop = loop;
        this.dumps = dumps;
        this.comparison = comparison;
        this.clock = clock;
        this.faults = faults;
        this.onDone = onDone;
        this.pace = pace;
    }

    /** Starts an audit, or another one after the one that runs. On the loop. */
    public void start() {
        if (running != null) {
            again = true;
        } else {
            begin();
        }
    }

    /** Something happened that the table may have missed: an audit is due, at once or after a growing pause. On the loop. */
    public void soon() {
        long waitNanos = calls.call(clock.nanos(), running != null);
        if (running == null && waitNanos == 0) {
            begin();
        } else if (running == null) {
            later(waitNanos / 1_000_000 + 1);
        }
    }

    /** Starts an audit, or another one after the one that runs, and tells of it. On the loop. */
    public void start(Observer observer) {
        waiting.add(observer);
        start();
    }

    /** The observer wants to hear no more. On the loop. */
    public void forget(Observer observer) {
        waiting.remove(observer);
        observers.remove(observer);
    }

    /** The last audit that was completed, or null. From any thread, as the following. */
    public @Nullable AuditReport last() {
        return last;
    }

    public long done() {
        return done.sum();
    }

    public long failed() {
        return failed.sum();
    }

    @Override
    public void close() {
        closed = true;
        if (!loop.isShuttingDown()) {
            loop.execute(this::giveUp);
        }
    }

    private void giveUp() {
        if (running != null) {
            running.stop();
            running = null;
        }
    }

    private void later(long millis) {
        if (next != null) {
            next.cancel(false);
        }
        if (!closed) {
            next = loop.schedule(this::begin, millis, TimeUnit.MILLISECONDS);
        }
    }

    private void begin() {
        if (closed || running != null) {
            return;
        }
        if (next != null) {
            next.cancel(false);
        }
        again = false;
        calls.begin();
        observers.addAll(waiting);
        waiting.clear();
        running = new Running();
        running.begin();
    }

    private void ended(AuditReport report) {
        last = report;
        done.increment();
        failuresInARow = 0;
        told(observer -> observer.onDone(report));
        onDone.accept(report.endedNanos() - report.durationNanos());
    }

    private void failed(String reason) {
        failed.increment();
        told(observer -> observer.onFailed(reason));
        String text = "cannot compare the table with the kernel, trying again: " + reason;
        if (failuresInARow++ == 0) {
            LOG.warn("{}", text);
        }
        faults.accept(text);
    }

    private void told(Consumer<Observer> call) {
        List<Observer> all = List.copyOf(observers);
        observers.clear();
        all.forEach(call);
    }

    private void schedule() {
        if (failuresInARow > 0) {
            later((long) pace.retryMs << Math.min(failuresInARow - 1, Pace.MAX_DOUBLINGS));
        } else if (again) {
            later(0);
        } else if (calls.isCalled()) {
            later(calls.waitNanos(clock.nanos()) / 1_000_000 + 1);
        } else {
            AuditReport report = last;
            later(report == null ? pace.intervalMs : pace.pauseMs(report));
        }
    }

    /** One audit. Whatever it throws ends it alone. */
    private final class Running implements Dumps.Listener {
        private final long beganNanos = clock.nanos();
        private long heardNanos = beganNanos;
        private Runnable giveUp = () -> {};
        private @Nullable Future<?> watch;

        void begin() {
            safely(() -> {
                comparison.begin(this::found);
                giveUp = dumps.start(this);
                watch = loop.scheduleAtFixedRate(this::watch, pace.stallMs, pace.stallMs, TimeUnit.MILLISECONDS);
            });
        }

        void stop() {
            giveUp.run();
            if (watch != null) {
                watch.cancel(false);
            }
        }

        private void found(Difference difference, int slot) {
            observers.forEach(observer -> observer.onDifference(difference, slot));
        }

        private void watch() {
            if (clock.nanos() - heardNanos >= pace.stallMs * 1_000_000L) {
                fail("the kernel's dump has stalled for " + pace.stallMs + " ms");
            }
        }

        @Override
        public void onPage(List<Flow> entries) {
            heardNanos = clock.nanos();
            safely(() -> {
                comparison.nextPage();
                entries.forEach(comparison::onEntry);
            });
        }

        @Override
        public void onMalformed(String reason) {
            LOG.debug("malformed entry in the dump: {}", reason);
        }

        @Override
        public void onEnd() {
            if (watch != null) {
                watch.cancel(false);
            }
            continueIn(pace.settleMs);
        }

        @Override
        public void onFailed(NetlinkException cause) {
            fail(String.valueOf(cause.getMessage()));
        }

        private void continueIn(int millis) {
            var _ = loop.schedule(() -> safely(this::sweep), millis, TimeUnit.MILLISECONDS);
        }

        private void sweep() throws NetlinkException {
            if (comparison.step()) {
                continueIn(pace.sweepPauseMs);
                return;
            }
            again |= !comparison.end();
            long now = clock.nanos();
            over(() -> ended(new AuditReport(now, now - beganNanos, comparison.compared(), comparison.found())));
        }

        private void fail(String reason) {
            comparison.abort();
            over(() -> failed(reason));
        }

        /** The next audit is scheduled whatever those throw who are told of this one. */
        private void over(Runnable tell) {
            stop();
            running = null;
            calls.end(clock.nanos());
            try {
                tell.run();
            } finally {
                schedule();
            }
        }

        private void safely(Step step) {
            if (running != this) {
                return;
            }
            try {
                step.run();
            } catch (NetlinkException e) {
                fail(String.valueOf(e.getMessage()));
            } catch (RuntimeException e) {
                LOG.error("the audit of the kernel's table failed", e);
                if (running == this) {
                    fail("a bug in this build: " + e + "; please report it with the log");
                }
            }
        }
    }

    /** A part of an audit. */
    private interface Step {
        void run() throws NetlinkException;
    }
}
