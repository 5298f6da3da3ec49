package io.keepflow.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
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
        pump.restWhile(() -> {
            throw new IllegalStateException("the condition of rest is broken");
        });
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

    @Test
    void atRestThereAreFewerTicks() {
        AtomicBoolean atRest = new AtomicBoolean(true);
        AtomicInteger ticks = new AtomicInteger();
        List<Integer> ticksOfTen = new CopyOnWriteArrayList<>();
        pump.restWhile(atRest::get);
        pump.every(1, ticks::incrementAndGet);
        pump.every(10, () -> ticksOfTen.add(ticks.getAndSet(0)));
        pump.start();
        await().atMost(Duration.ofSeconds(20)).until(() -> ticksOfTen.size() >= 4);
        // The very first is an ordinary one.
        assertThat(ticksOfTen.subList(1, 4)).containsOnly(2);

        atRest.set(false);
        ticksOfTen.clear();
        await().atMost(Duration.ofSeconds(20)).until(() -> ticksOfTen.size() >= 4);
        assertThat(ticksOfTen.subList(2, 4)).containsOnly(10);
    }

    /** What is done every so often is not done later because the rest ends again and again. */
    @Test
    void aTickAfterABrokenRestStandsForTheTicksThatItLeftOut() {
        AtomicBoolean atRest = new AtomicBoolean(true);
        AtomicInteger ticks = new AtomicInteger();
        List<Integer> ticksOfFifty = new CopyOnWriteArrayList<>();
        pump.restWhile(atRest::get);
        pump.every(1, () -> {
            ticks.incrementAndGet();
            var _ = loop.schedule(
                    () -> {
                        atRest.set(false);
                        pump.run();
                        atRest.set(true);
                    },
                    45,
                    TimeUnit.MILLISECONDS);
        });
        pump.every(50, () -> ticksOfFifty.add(ticks.getAndSet(0)));
        pump.start();
        await().atMost(Duration.ofSeconds(20)).until(() -> ticksOfFifty.size() >= 3);
        assertThat(ticksOfFifty.subList(1, 3)).allMatch(count -> count <= 17);
    }

    /** All on one thread, which does what is due in the order of its time, however slow it is. */
    @Test
    void whatHappensAtRestWaitsNoLongerForATickThanEver() throws Exception {
        AtomicBoolean atRest = new AtomicBoolean(true);
        List<String> order = new CopyOnWriteArrayList<>();
        pump.restWhile(atRest::get);
        pump.every(1, () -> order.add("tick"));
        pump.every(6, () -> {
            // Behind a tick: the next one is 100 ms away.
            order.clear();
            var _ = loop.schedule(
                    () -> {
                        atRest.set(false);
                        pump.run();
                        order.add("awake");
                        var _ = loop.schedule(() -> order.add("50 ms later"), 50, TimeUnit.MILLISECONDS);
                    },
                    10,
                    TimeUnit.MILLISECONDS);
        });
        pump.start();
        await().atMost(Duration.ofSeconds(20)).until(() -> order.contains("50 ms later"));
        assertThat(order).startsWith("awake", "tick");
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
