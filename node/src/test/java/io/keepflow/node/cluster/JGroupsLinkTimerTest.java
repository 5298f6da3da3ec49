package io.keepflow.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jgroups.util.ThreadPool;
import org.jgroups.util.TimeScheduler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class JGroupsLinkTimerTest {
    private static final long PATIENCE_S = 10;

    private final MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final EventLoop loop = loops.next();
    private final BlockingQueue<Boolean> runs = new LinkedBlockingQueue<>();
    private final ThreadPool pool = new ThreadPool();
    private final JGroupsLinkTimer timer = new JGroupsLinkTimer(loop, pool);

    @BeforeEach
    void start() throws Exception {
        pool.init();
        timer.setThreadPool(pool.getThreadPool());
        timer.start();
    }

    @AfterEach
    void stop() {
        timer.stop();
        pool.destroy();
        var _ = loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    @Test
    void whatDoesNotBlockRunsOnTheLoop() throws Exception {
        timer.execute(this::run, false);
        assertThat(nextRun()).isTrue();
        timer.schedule(this::run, 1, TimeUnit.MILLISECONDS, false);
        assertThat(nextRun()).isTrue();
        timer.scheduleWithFixedDelay(this::run, 1, 1, TimeUnit.MILLISECONDS, false);
        assertThat(nextRun()).isTrue();
        assertThat(nextRun()).isTrue();
    }

    @Test
    void whatMayBlockDoesNotHoldUpTheLoop() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        timer.schedule(
                () -> {
                    run();
                    await().until(() -> end.getCount() == 0);
                },
                1,
                TimeUnit.MILLISECONDS,
                true);
        assertThat(nextRun()).isFalse();
        timer.execute(this::run, false);
        assertThat(nextRun()).isTrue();
        end.countDown();
    }

    @Test
    void aRunThatFailsIsFollowedByOthers() throws Exception {
        timer.scheduleWithFixedDelay(this::runAndFail, 1, 1, TimeUnit.MILLISECONDS, false);
        assertThat(nextRun()).isTrue();
        assertThat(nextRun()).isTrue();
    }

    @Test
    void aTaskThatTellsItsNextIntervalIsRunUntilItIsCancelled() throws Exception {
        Future<?> task = timer.scheduleWithDynamicInterval(
                new TimeScheduler.Task() {
                    @Override
                    public long nextInterval() {
                        return 1;
                    }

                    @Override
                    public void run() {
                        runAndFail();
                    }
                },
                false);
        assertThat(nextRun()).isTrue();
        assertThat(nextRun()).isTrue();
        loop.submit(() -> task.cancel(false)).sync();
        runs.clear();
        assertThat(runs.poll(50, TimeUnit.MILLISECONDS)).isNull();
    }

    @Test
    void nothingRunsOnceItIsStopped() throws Exception {
        timer.scheduleWithFixedDelay(this::run, 1, 1, TimeUnit.MILLISECONDS, false);
        assertThat(nextRun()).isTrue();
        loop.submit(timer::stop).sync();
        runs.clear();
        assertThat(runs.poll(50, TimeUnit.MILLISECONDS)).isNull();
    }

    private void run() {
        runs.add(loop.inEventLoop());
    }

    private void runAndFail() {
        run();
        throw new IllegalStateException("on purpose");
    }

    /** Whether it was on the loop. */
    private boolean nextRun() throws InterruptedException {
        Boolean onLoop = runs.poll(PATIENCE_S, TimeUnit.SECONDS);
        assertThat(onLoop).as("it runs").isNotNull();
        return onLoop;
    }
}
