package io.keepflow.node.time;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.Test;

/** The wall clock as the node reads it is that of the machine, and costs nothing. */
class SystemClockTest {
    private static final int CALLS = 2_000_000;

    /** A look that was interrupted may be wrong by as much as that took. */
    private static final long TOLERANCE_MICROS = 2_000;

    private final Clock clock = Clock.system();
    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @Test
    void itTellsTheTimeOfTheWallClock() {
        long end = System.nanoTime() + 500_000_000L;
        int looks = 0;
        while (System.nanoTime() - end < 0) {
            long before = epochMicros();
            long told = clock.epochMicros();
            long after = epochMicros();
            assertThat(told).isBetween(before - TOLERANCE_MICROS, after + TOLERANCE_MICROS);
            looks++;
        }
        assertThat(looks).isPositive();
    }

    /** Some objects for each of ten looks a second, however often it is asked. */
    @Test
    void toAskAllocatesNothing() {
        long first = clock.epochMicros();
        long last = first;
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < CALLS; i++) {
            last = clock.epochMicros();
        }
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(CALLS / 10);
        assertThat(last).isGreaterThan(first);
    }

    private static long epochMicros() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    }
}
