package io.keepflow.node;

import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Runs the sinks on the node's thread: at once when something has become dirty, and in ticks for what may wait. Stages are added
 * in the order of the road before it starts.
 */
final class Pump implements Executor {
    private static final int TICK_MS = 20;

    private final EventLoop loop;
    private final List<BooleanSupplier> stages = new ArrayList<>();
    private final List<Runnable> tickers = new ArrayList<>();
    private boolean scheduled;
    private boolean stopped;

    Pump(EventLoop loop) {
        this.loop = loop;
    }

    /** Adds a stage that drains for one turn, and is true if it could do more at once. */
    void stage(BooleanSupplier drain) {
        stages.add(drain);
    }

    /** Adds what is called once in so many ticks of {@value #TICK_MS} ms, before the stages drain. */
    void every(int ticks, Runnable task) {
        tickers.add(new Runnable() {
            private int left = ticks;

            @Override
            public void run() {
                if (--left == 0) {
                    left = ticks;
                    task.run();
                }
            }
        });
    }

    void start() {
        var _ = loop.scheduleAtFixedRate(this::tick, TICK_MS, TICK_MS, TimeUnit.MILLISECONDS);
    }

    /** Drains no more: what the stages work on is about to be closed. */
    void stop() throws InterruptedException {
        loop.submit(() -> stopped = true).sync();
    }

    /** Runs a task of another thread on the node's thread, and drains what it made dirty. */
    @Override
    public void execute(Runnable task) {
        loop.execute(() -> {
            task.run();
            run();
        });
    }

    /** Drains for one turn; what is left goes on behind the events that have come meanwhile. */
    void run() {
        if (stopped) {
            return;
        }
        boolean more = false;
        for (BooleanSupplier stage : stages) {
            more |= stage.getAsBoolean();
        }
        if (more && !scheduled) {
            scheduled = true;
            loop.execute(this::again);
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
        tickers.forEach(Runnable::run);
        run();
    }
}
