package io.keepflow.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.protocol.testkit.Seed;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Exchanges between two clocks of which the test knows the difference. */
class ClockOffsetTest {
    private static final long EPOCH_US = 1_790_000_000_000_000L;
    private static final int SAMPLES = 16;

    private final ClockOffset offset = new ClockOffset();
    private long nowUs;

    @BeforeEach
    void start() {
        nowUs = EPOCH_US;
    }

    @Test
    void nothingIsKnownBeforeTheFirstExchange() {
        assertThat(offset.isKnown()).isFalse();
    }

    @ParameterizedTest(name = "ahead {0} µs, ways {1} and {2} µs, held {3} µs: read as {4} µs ahead")
    @CsvSource({
        "0, 100, 100, 0, 0",
        "5000, 100, 100, 50000, 5000",
        "-5000, 100, 100, 50000, -5000",
        "5000, 300, 100, 50000, 5100",
        "5000, 100, 300, 50000, 4900",
        "-86400000000, 80, 80, 100000, -86400000000",
        "5000, 0, 0, 0, 5000"
    })
    void oneExchange(long aheadUs, long thereUs, long backUs, long holdUs, long readUs) {
        exchange(aheadUs, thereUs, holdUs, backUs);
        assertThat(offset.isKnown()).isTrue();
        assertThat(offset.micros()).isEqualTo(readUs);
    }

    @Test
    void theShortestRoundTripCounts() {
        exchange(700, 5_000, 10, 100);
        exchange(700, 90, 10, 90);
        exchange(700, 100, 10, 9_000);
        assertThat(offset.micros()).isEqualTo(700);
    }

    @Test
    void anExchangeThatEndsBeforeItBeganIsPassedOver() {
        offset.sample(EPOCH_US, EPOCH_US + 1_000_000, 200, EPOCH_US + 100);
        assertThat(offset.isKnown()).isFalse();
    }

    /** A clock that is set right is believed when all exchanges from before it have been replaced. */
    @Test
    void aClockThatJumpsIsFollowed() {
        for (int i = 0; i < 100; i++) {
            exchange(500, 10, 0, 10);
        }
        for (int i = 0; i < SAMPLES; i++) {
            exchange(-3_600_000_000L, 1_000, 0, 1_000);
        }
        assertThat(offset.micros()).isEqualTo(-3_600_000_000L);
    }

    @Test
    void theErrorIsAtMostHalfOfTheShortestRoundTrip() {
        Random random = Seed.random();
        for (int run = 0; run < 200; run++) {
            long aheadUs = random.nextInt() * 1000L;
            ClockOffset one = new ClockOffset();
            long shortest = Long.MAX_VALUE;
            for (int i = 0; i < SAMPLES; i++) {
                long thereUs = random.nextInt(5_000);
                long backUs = random.nextInt(5_000);
                shortest = Math.min(shortest, thereUs + backUs);
                exchange(one, aheadUs, thereUs, random.nextInt(100_000), backUs);
                assertThat(Math.abs(one.micros() - aheadUs)).isLessThanOrEqualTo(shortest / 2 + 1);
            }
        }
    }

    private void exchange(long aheadUs, long thereUs, long holdUs, long backUs) {
        exchange(offset, aheadUs, thereUs, holdUs, backUs);
    }

    private void exchange(ClockOffset of, long aheadUs, long thereUs, long holdUs, long backUs) {
        long sentUs = nowUs;
        long peerSentUs = sentUs + thereUs + holdUs + aheadUs;
        nowUs += thereUs + holdUs + backUs;
        of.sample(sentUs, peerSentUs, holdUs, nowUs);
        nowUs += 100_000;
    }
}
