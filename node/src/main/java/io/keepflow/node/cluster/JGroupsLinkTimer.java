package io.keepflow.node.cluster;

import io.netty.channel.EventLoop;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jgroups.util.ThreadPool;
import org.jgroups.util.TimeScheduler;
import org.jgroups.util.TimeScheduler3;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * JGroups' timer. What does not block runs on an event loop, which is often awake anyway, instead of the timer's own thread, for which a
 * wake-up costs more than what it then does.
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
        return canBlock ? super.schedule(task, delay, unit, true) : loop.schedule(safely(task), delay, unit);
    }

    @Override
    public Future<?> scheduleWithFixedDelay(
            Runnable task, long initialDelay, long delay, TimeUnit unit, boolean canBlock) {
        return canBlock
                ? super.scheduleWithFixedDelay(task, initialDelay, delay, unit, true)
                : loop.scheduleWithFixedDelay(safely(task), initialDelay, delay, unit);
    }

    @Override
    public Future<?> scheduleWithDynamicInterval(TimeScheduler.Task task, boolean canBlock) {
        if (canBlock) {
            return super.scheduleWithDynamicInterval(task, true);
        }
        CompletableFuture<?> end = new CompletableFuture<>();
        again(task, end);
        return end;
    }

    private void again(TimeScheduler.Task task, Future<?> end) {
        Runnable run = () -> {
            if (!end.isDone()) {
                safely(task).run();
                again(task, end);
            }
        };
        var _ = loop.schedule(run, task.nextInterval(), TimeUnit.MILLISECONDS);
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
}
