package io.keepflow.node.cluster;

import io.keepflow.node.time.WakeUps;
import io.netty.channel.EventLoop;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jgroups.util.ThreadPool;
import org.jgroups.util.TimeScheduler;
import org.jgroups.util.TimeScheduler3;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * JGroups' timer. What does not block runs on an event loop, which is often awake anyway, instead of the timer's own thread, for which a
 * wake-up costs more than what it then does; and together with what else is due about then.
 */
final class JGroupsLinkTimer extends TimeScheduler3 {
    private static final Logger LOG = LoggerFactory.getLogger(JGroupsLinkTimer.class);

    private final EventLoop loop;
    private volatile boolean stopped;

    /** {@code pool} for what may block. */
    JGroupsLinkTimer(EventLoop loop, ThreadPool pool) {
        super(pool, null, false);
        this.loop = loop;
    }

    @Override
    public void execute(Runnable task, boolean canBlock) {
        if (canBlock) {
            super.execute(task, true);
        } else {
            loop.execute(safely(task));
        }
    }

    @Override
    public Future<?> schedule(Runnable task, long delay, TimeUnit unit, boolean canBlock) {
        return canBlock ? super.schedule(task, delay, unit, true) : schedule(safely(task), unit.toNanos(delay));
    }

    @Override
    public Future<?> scheduleWithFixedDelay(
            Runnable task, long initialDelay, long delay, TimeUnit unit, boolean canBlock) {
        return canBlock
                ? super.scheduleWithFixedDelay(task, initialDelay, delay, unit, true)
                : repeat(task, unit.toNanos(initialDelay), () -> unit.toNanos(delay));
    }

    @Override
    public Future<?> scheduleWithDynamicInterval(TimeScheduler.Task task, boolean canBlock) {
        if (canBlock) {
            return super.scheduleWithDynamicInterval(task, true);
        }
        LongSupplier interval = () -> TimeUnit.MILLISECONDS.toNanos(task.nextInterval());
        return repeat(task, interval.getAsLong(), interval);
    }

    private Future<?> repeat(Runnable task, long firstNanos, LongSupplier intervalNanos) {
        CompletableFuture<?> end = new CompletableFuture<>();
        var _ = schedule(new Repeated(safely(task), intervalNanos, end), firstNanos);
        return end;
    }

    private Future<?> schedule(Runnable task, long delayNanos) {
        return loop.schedule(task, WakeUps.coalesced(delayNanos), TimeUnit.NANOSECONDS);
    }

    @Override
    public synchronized void start() {
        stopped = false;
        super.start();
    }

    @Override
    public synchronized void stop() {
        stopped = true;
        super.stop();
    }

    /** What one run breaks must not keep the next from running. */
    private Runnable safely(Runnable task) {
        return () -> {
            try {
                if (!stopped) {
                    task.run();
                }
            } catch (RuntimeException e) {
                LOG.error("A timer's task failed: {}", task, e);
            }
        };
    }

    /** Runs until {@code end} is done, each time so long after the one before. */
    private final class Repeated implements Runnable {
        private final Runnable task;
        private final LongSupplier intervalNanos;
        private final Future<?> end;

        Repeated(Runnable task, LongSupplier intervalNanos, Future<?> end) {
            this.task = task;
            this.intervalNanos = intervalNanos;
            this.end = end;
        }

        @Override
        public void run() {
            if (!end.isDone()) {
                task.run();
                var _ = schedule(this, intervalNanos.getAsLong());
            }
        }
    }
}
