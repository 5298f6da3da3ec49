package io.keepflow.node;

import io.keepflow.node.time.WakeUps;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the sinks on the node's thread: at once when something has become dirty, and in ticks for what may wait. A tick costs the
 * same whether there is anything to do or not, so there are fewer at rest. Stages are added in the order of the road before it
 * starts.
 */
final class Pump implements Executor {
    private static final int TICK_NANOS = 20_000_000;

    /** A tick at rest stands for so many. */
    private static final int TICKS_AT_REST = 5;

    private static final Logger LOG = LoggerFactory.getLogger(Pump.class);

    private final EventLoop loop;
    private final Faults faults;
    private final List<BooleanSupplier> stages = new ArrayList<>();
    private final List<Ticker> tickers = new ArrayList<>();
    private final Runnable tick = this::tick;
    private BooleanSupplier atRest = () -> false;
    private boolean scheduled;
    private boolean stopped;
    private boolean resting;

    /** For how many the next tick stands, and when the last one was. */
    private int ticksDue = 1;

    private long tickedNanos;
    private @Nullable Future<?> nextTick;
    private long failures;

    Pump(EventLoop loop, Faults faults) {
        this.loop = loop;
        this.faults = faults;
    }

    /** Adds a stage that drains for one turn, and is true if it could do more at once. */
    void stage(BooleanSupplier drain) {
        stages.add(drain);
    }

    /** Ticks become fewer while {@code condition} holds: nothing waits, and nothing has happened lately. */
    void restWhile(BooleanSupplier condition) {
        atRest = condition;
    }

    /** Adds what is called once in so many ticks of 20 ms, before the stages drain. */
    void every(int ticks, Runnable task) {
        tickers.add(new Ticker(ticks, task));
    }

    void start() {
        loop.execute(() -> scheduleTick(1));
    }

    /** Drains no more: what the stages work on is about to be closed. */
    void stop() throws InterruptedException {
        loop.submit(() -> stopped = true).sync();
    }

    /** Runs a task of another thread on the node's thread, and drains what it made dirty. */
    @Override
    public void execute(Runnable task) {
        loop.execute(() -> {
            runSafely(task);
            run();
        });
    }

    /** The same on the node's thread, behind what the loop's sockets have to say. */
    void later(Runnable task) {
        var _ = loop.schedule(
                () -> {
                    runSafely(task);
                    run();
                },
                0,
                TimeUnit.NANOSECONDS);
    }

    /** Drains for one turn; what is left goes on behind the events that have come meanwhile. */
    void run() {
        if (stopped) {
            return;
        }
        boolean more = false;
        for (BooleanSupplier stage : stages) {
            more |= ask(stage);
        }
        if (more && !scheduled) {
            scheduled = true;
            // Not execute: tasks that add themselves anew keep the loop from its sockets for up to a second.
            var _ = loop.schedule(this::again, 0, TimeUnit.NANOSECONDS);
        }
        if (resting && !ask(atRest)) {
            endRest();
        }
    }

    /** What one stage breaks must neither stop the others nor the ticks; the next tick tries again. */
    private boolean ask(BooleanSupplier stage) {
        try {
            return stage.getAsBoolean();
        } catch (RuntimeException e) {
            failed(e);
            return false;
        }
    }

    private void runSafely(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            failed(e);
        }
    }

    private void failed(RuntimeException e) {
        faults.record("a bug in this build: " + e + "; please report it with the log");
        if (failures++ == 0) {
            LOG.error("a stage failed; further failures are only shown as the last fault", e);
        }
    }

    private void again() {
        scheduled = false;
        run();
    }

    private void tick() {
        if (stopped) {
            return;
        }
        resting = false;
        for (Ticker ticker : tickers) {
            if (ticker.isDueAfter(ticksDue)) {
                runSafely(ticker.task);
            }
        }
        run();
        resting = ask(atRest);
        ticksDue = resting ? TICKS_AT_REST : 1;
        tickedNanos = System.nanoTime();
        scheduleTick(ticksDue);
    }

    private void scheduleTick(int ticks) {
        long delayNanos = WakeUps.coalesced((long) ticks * TICK_NANOS);
        nextTick = loop.schedule(tick, delayNanos, TimeUnit.NANOSECONDS);
    }

    /** What has become dirty may wait for the next tick no longer than ever. */
    private void endRest() {
        if (nextTick != null && nextTick.cancel(false)) {
            resting = false;
            long rested = (System.nanoTime() - tickedNanos) / TICK_NANOS;
            ticksDue = (int) Math.min(rested + 1, TICKS_AT_REST);
            scheduleTick(1);
        }
    }

    /** What is called once in so many ticks. */
    private static final class Ticker {
        private final int ticks;
        private final Runnable task;
        private int left;

        Ticker(int ticks, Runnable task) {
            this.ticks = ticks;
            this.task = task;
            this.left = ticks;
        }

        boolean isDueAfter(int passed) {
            left -= passed;
            if (left > 0) {
                return false;
            }
            left = ticks;
            return true;
        }
    }
}
