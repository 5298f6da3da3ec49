package io.keepflow.node.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How audits are spaced when something keeps calling for them. */
class AuditPaceTest {
    private static final long SECOND = 1_000_000_000L;
    private final AuditPace pace = new AuditPace();

    @Test
    void theFirstCallIsAnsweredAtOnce() {
        assertThat(pace.call(0, false)).isZero();
        assertThat(pace.isCalled()).isTrue();
        pace.begin();
        assertThat(pace.isCalled()).isFalse();
    }

    @Test
    void callsThatKeepComingAreAnsweredLaterAndLater() {
        long now = 0;
        List<Long> pauses = new ArrayList<>();
        pace.call(now, false);
        for (int audit = 0; audit < 9; audit++) {
            pace.begin();
            for (int i = 0; i < 1_000; i++) {
                pace.call(now + i, true);
            }
            now += SECOND;
            pace.end(now);
            pauses.add(pace.waitNanos(now) / SECOND);
            now += pace.waitNanos(now);
        }
        assertThat(pauses).containsExactly(1L, 2L, 4L, 8L, 16L, 32L, 60L, 60L, 60L);
    }

    @Test
    void aCallSoonAfterAnAuditWaitsAndOneAfterAQuietTimeDoesNot() {
        pace.call(0, false);
        pace.begin();
        pace.end(SECOND);
        assertThat(pace.call(SECOND + SECOND / 2, false)).isEqualTo(SECOND / 2);
        pace.begin();
        pace.end(3 * SECOND);
        assertThat(pace.call(4 * SECOND, false))
                .as("two seconds after the last")
                .isEqualTo(SECOND);
        pace.begin();
        pace.end(6 * SECOND);
        assertThat(pace.call(67 * SECOND, false)).isZero();
        pace.begin();
        pace.end(68 * SECOND);
        assertThat(pace.call(69 * SECOND, false)).as("from the beginning").isZero();
    }
}
