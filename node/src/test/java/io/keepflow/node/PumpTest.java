package io.keepflow.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class PumpTest {
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
}
