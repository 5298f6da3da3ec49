package io.keepflow.node.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** When a turn of reading may begin, on a clock that only the test moves. */
class ReadPaceTest {
    private long now = 7;
    private final ReadPace pace = ReadPace.ofEvents(() -> now);

    /** As a channel: looks after a rest, or is woken by the next event and waits if that is early; what is between turns in the end. */
    private long nanosBetweenTurns(long eventsPerSecond) {
        long interval = 1_000_000_000 / eventsPerSecond;
        long rest = 0;
        long between = 0;
        long unread = 0;
        for (int i = 0; i < 100; i++) {
            long begin = now;
            now += rest > 0 ? rest : Math.max(interval, pace.earlyNanos());
            between = now - begin;
            unread += between;
            rest = pace.found((int) (unread / interval));
            unread %= interval;
        }
        return between;
    }

    private long found(int datagrams, long afterNanos) {
        now += afterNanos;
        return pace.found(datagrams);
    }

    @Test
    void whatComesAloneIsReadAtOnce() {
        assertThat(pace.earlyNanos()).isNotPositive();
        assertThat(found(1, 1_000_000)).isZero();
        now += 50_000;
        assertThat(pace.earlyNanos()).isNotPositive();
        assertThat(pace.found(1)).isZero();
        now += 1_000_000;
        assertThat(pace.earlyNanos()).isNotPositive();
    }

    @Test
    void whatComesEarlyWaitsLongerTheMoreWasFound() {
        assertThat(found(2, 1_000_000)).as("the next one wakes").isZero();
        now += 50_000;
        assertThat(pace.earlyNanos()).isEqualTo(150_000);
    }

    @Test
    void whereManyComeNobodyIsWoken() {
        assertThat(found(2, 1_000_000)).isZero();
        assertThat(found(3, 1_000_000)).isEqualTo(ReadPace.MIN_POLL_NANOS);
    }

    @Test
    void aRestIsShorterWhereMoreThan20000ComeInASecond() {
        found(3, 1_000_000);
        assertThat(nanosBetweenTurns(8_000)).isEqualTo(ReadPace.MAX_REST_NANOS);
        assertThat(nanosBetweenTurns(20_000)).isEqualTo(ReadPace.MAX_REST_NANOS);
        assertThat(nanosBetweenTurns(26_000)).isBetween(1_000_000L, 1_060_000L);
        assertThat(nanosBetweenTurns(35_000)).isBetween(400_000L, 440_000L);
        assertThat(nanosBetweenTurns(50_000)).isEqualTo(ReadPace.MIN_REST_UNDER_LOAD_NANOS);
        assertThat(nanosBetweenTurns(150_000)).isEqualTo(ReadPace.MIN_REST_UNDER_LOAD_NANOS);
    }

    @Test
    void aRestIsAtMostTwiceTheOneBefore() {
        assertThat(found(7, 2_000_000)).isEqualTo(ReadPace.MIN_POLL_NANOS);
        assertThat(found(0, 400_000)).isZero();
        assertThat(found(7, 2_000_000)).isEqualTo(ReadPace.MIN_POLL_NANOS);
        assertThat(found(7, 400_000)).isEqualTo(2 * ReadPace.MIN_POLL_NANOS);
    }

    /** A turn that finds few, as when the load pauses for a moment, does not make the next rest the longest. */
    @Test
    void theRateIsThatOfSomeTurns() {
        nanosBetweenTurns(50_000);
        assertThat(found(3, 500_000)).isLessThan(500_000);
        assertThat(found(0, 500_000)).isZero();
        assertThat(found(25, 500_000)).isEqualTo(ReadPace.MIN_POLL_NANOS);
        assertThat(found(20, 400_000)).isLessThan(500_000);
    }

    @Test
    void noRestIsLongerThanTheLongest() {
        for (int turn = 0; turn < 4; turn++) {
            found(80, 4_000_000);
        }
        assertThat(found(80, 4_000_000)).isEqualTo(ReadPace.MAX_REST_NANOS);
        assertThat(pace.earlyNanos()).isEqualTo(ReadPace.MAX_REST_NANOS);
    }

    @Test
    void afterABurstTheRestShrinksAgain() {
        found(1_000_000, 1_000_000_000);
        assertThat(nanosBetweenTurns(2_000)).as("every event by itself").isEqualTo(500_000);
    }

    @Test
    void whereNothingWasFoundNothingWaits() {
        assertThat(found(64, 1_000_000)).isPositive();
        assertThat(found(0, 1_000_000)).isZero();
        assertThat(pace.earlyNanos()).isNotPositive();
    }

    @Test
    void aDumpIsNotPaced() {
        ReadPace dump = ReadPace.none();
        assertThat(dump.found(1000)).isZero();
        assertThat(dump.earlyNanos()).isZero();
    }
}
