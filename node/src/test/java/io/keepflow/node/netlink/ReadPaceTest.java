package io.keepflow.node.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How long a wake-up waits, on a clock that only the test and the waiting move. */
class ReadPaceTest {
    private final List<Long> waits = new ArrayList<>();
    private long now = 7;
    private final ReadPace pace = new ReadPace(ReadPace.MAX_REST_NANOS, () -> now, nanos -> {
        waits.add(nanos);
        now += nanos;
    });

    /** Is woken by every event that comes while it does not wait, and reads what has come; returns what is between reads in the end. */
    private long nanosBetweenReads(long eventsPerSecond) {
        long interval = 1_000_000_000 / eventsPerSecond;
        long last = now;
        long between = 0;
        for (int i = 0; i < 100; i++) {
            now += interval;
            pace.await();
            between = now - last;
            pace.found((int) (between / interval));
            last = now;
        }
        return between;
    }

    @Test
    void whatComesAloneIsReadAtOnce() {
        pace.await();
        pace.found(1);
        now += 50_000;
        pace.await();
        pace.found(1);
        now += 1_000_000;
        pace.await();
        assertThat(waits).isEmpty();
    }

    @Test
    void theRestIsAsLongAsWhatWasFound() {
        pace.found(3);
        now += 50_000;
        pace.await();
        now += 1_000_000;
        pace.found(9);
        pace.await();
        assertThat(waits).containsExactly(100_000L, 450_000L);
    }

    @Test
    void underLoadTheRestGrowsUpToTheLongest() {
        pace.found(8);
        assertThat(nanosBetweenReads(25_000)).isBetween(950_000L, ReadPace.MAX_REST_NANOS);
        assertThat(nanosBetweenReads(1_000_000)).isEqualTo(ReadPace.MAX_REST_NANOS);
    }

    @Test
    void noRestIsLongerThanTheLongest() {
        pace.found(1);
        now += 50_000_000;
        pace.found(30);
        pace.await();
        assertThat(waits).containsExactly(ReadPace.MAX_REST_NANOS);
    }

    @Test
    void afterABurstTheRestShrinksAgain() {
        pace.found(1_000_000);
        assertThat(nanosBetweenReads(5_000)).as("every event by itself").isEqualTo(200_000);
    }

    @Test
    void whereNothingWasFoundNothingWaits() {
        pace.found(64);
        pace.await();
        pace.found(0);
        pace.await();
        assertThat(waits).hasSize(1);
    }

    @Test
    void aDumpIsNotPaced() {
        ReadPace.NONE.found(64);
        ReadPace.NONE.await();
        ReadPace dump = new ReadPace(0, () -> now, waits::add);
        dump.found(1000);
        dump.await();
        assertThat(waits).isEmpty();
    }
}
