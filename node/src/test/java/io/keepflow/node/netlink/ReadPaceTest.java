package io.keepflow.node.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How long a wake-up waits, on a clock that only the test and the waiting move. */
class ReadPaceTest {
    private final List<Long> waits = new ArrayList<>();
    private long now = 7;
    private final ReadPace pace = new ReadPace(200, () -> now, nanos -> {
        waits.add(nanos);
        now += nanos;
    });

    @Test
    void whatComesAloneIsReadAtOnce() {
        pace.await();
        now += 200;
        pace.await();
        now += 1_000_000;
        pace.await();
        assertThat(waits).isEmpty();
    }

    @Test
    void underLoadReadsAreARestApart() {
        pace.await();
        now += 50;
        pace.await();
        now += 199;
        pace.await();
        pace.await();
        assertThat(waits).containsExactly(150L, 1L, 200L);
    }

    @Test
    void aWaitThatEndsEarlyIsNotMadeLonger() {
        ReadPace impatient = new ReadPace(200, () -> now, nanos -> now += nanos / 2);
        long before = now;
        impatient.await();
        impatient.await();
        assertThat(now - before).isEqualTo(100);
    }

    @Test
    void aDumpIsNotPaced() {
        ReadPace.NONE.await();
        ReadPace.NONE.await();
        assertThat(waits).isEmpty();
    }
}
