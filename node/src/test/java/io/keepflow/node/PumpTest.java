package io.keepflow.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class PumpTest {
    private static final long TURN_NANOS = 2_000_000;

    private final EventLoop loop = new DefaultEventLoop();
    private final Faults faults = new Faults();
    private final Pump pump = new Pump(loop, faults);

    @AfterEach
    void stopLoop() {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    @Test
    void whatOneStageBreaksStopsNeitherTheTicksNorTheOthers() {
        AtomicInteger ticks = new AtomicInteger();
        AtomicInteger drained = new AtomicInteger();
        pump.every(1, () -> {
            throw new IllegalArgumentException("a ticker is broken");
        });
        pump.every(1, ticks::incrementAndGet);
        pump.stage(() -> {
            throw new IllegalStateException("a stage is broken");
        });
        pump.stage(() -> drained.incrementAndGet() < 0);
        pump.start();
        await().atMost(Duration.ofSeconds(10)).until(() -> ticks.get() > 5 && drained.get() > 5);
        assertThat(faults.last()).isNotNull();
        assertThat(faults.last().text()).contains("is broken");
    }

    @Test
    void aTaskThatFailsIsAFaultAndTheRestIsDrained() {
        AtomicInteger drained = new AtomicInteger();
        pump.stage(() -> drained.incrementAndGet() < 0);
        pump.execute(() -> {
            throw new IllegalStateException("a task is broken");
        });
        await().atMost(Duration.ofSeconds(10)).until(() -> drained.get() == 1);
        assertThat(faults.last()).isNotNull();
    }

    /** Ticks stand for the sockets: the loop looks at both between two turns, or at neither. */
    @Test
    void stagesThatAlwaysHaveMoreStarveNobody() throws Exception {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        Pump busy = new Pump(group.next(), faults);
        try {
            AtomicInteger turns = new AtomicInteger();
            AtomicInteger mostTurnsBetween = new AtomicInteger();
            AtomicInteger ticks = new AtomicInteger();
            busy.stage(() -> {
                turns.incrementAndGet();
                LockSupport.parkNanos(TURN_NANOS);
                return true;
            });
            busy.every(1, () -> {
                mostTurnsBetween.accumulateAndGet(turns.getAndSet(0), Math::max);
                ticks.incrementAndGet();
            });
            busy.start();
            await().atMost(Duration.ofSeconds(20)).until(() -> ticks.get() > 20);
            // A tick is due every 20 ms, after some ten turns.
            assertThat(mostTurnsBetween).hasValueLessThan(40);
        } finally {
            busy.stop();
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }
}
