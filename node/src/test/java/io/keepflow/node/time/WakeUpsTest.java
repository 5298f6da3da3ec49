package io.keepflow.node.time;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class WakeUpsTest {
    private static final long MS = 1_000_000;

    @ParameterizedTest
    @ValueSource(longs = {-7_300 * MS, -1, 0, 1, 49 * MS, 123_456_789, 5_000_000 * MS})
    void whatIsDueWithinOneStepOfTheGridIsDueAtOnce(long now) {
        long due = now + WakeUps.coalesced(220 * MS, now);
        assertThat(Math.floorMod(due, WakeUps.GRID_NANOS)).isZero();
        assertThat(due - now).isBetween(171 * MS, 220 * MS);
    }

    @Test
    void whatRunsAgainAndAgainKeepsItsIntervalOnTheGrid() {
        long now = 1_000 * MS;
        for (int run = 1; run <= 10; run++) {
            // It takes a while to get to run, and to run.
            now += WakeUps.coalesced(150 * MS, now) + MS;
            assertThat(now).isEqualTo((1_000 + 150 * run) * MS + MS);
            now -= MS / 2;
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 20 * MS, 100 * MS - 1})
    void whatIsDueSoonIsDueThen(long delay) {
        assertThat(WakeUps.coalesced(delay, 12_345_678)).isEqualTo(delay);
    }
}
