package io.keepflow.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** The replay window, at its edges, against a set as the model, and around real datagrams. */
class ReplayTest {
    @Test
    void everythingUpToTheFirstCounterIsAReplay() {
        ReplayWindow window = new ReplayWindow(1000);
        assertThat(window.isFresh(1000)).isFalse();
        assertThat(window.isFresh(999)).isFalse();
        assertThat(window.isFresh(1)).isFalse();
        assertThat(window.isFresh(1001)).isTrue();
        window.advance(1100);
        assertThat(window.isFresh(1001)).as("between the first and the highest").isTrue();
        assertThat(window.isFresh(1000)).isFalse();
    }

    @Test
    void theWindowHasExactlyItsWidth() {
        for (long highest : new long[] {100_000, 100_032, 100_063, 100_064, 131_071, 131_072}) {
            ReplayWindow window = new ReplayWindow(1);
            window.advance(highest);
            long oldest = highest - ReplayWindow.WIDTH + 1;
            assertThat(window.isFresh(oldest)).as("oldest below %d", highest).isTrue();
            assertThat(window.isFresh(oldest - 1))
                    .as("too old below %d", highest)
                    .isFalse();
            assertThat(window.advance(oldest)).isTrue();
            assertThat(window.advance(oldest)).isFalse();
        }
    }

    @Test
    void aLeapForgetsTheOldMarksButNotTheNewOne() {
        ReplayWindow window = new ReplayWindow(0);
        for (long counter = 1; counter <= 20_000; counter++) {
            assertThat(window.advance(counter)).isTrue();
        }
        long far = 20_000 + 16_384 * 5L + 3;
        assertThat(window.advance(far)).isTrue();
        for (long counter = far - ReplayWindow.WIDTH + 1; counter < far; counter++) {
            assertThat(window.advance(counter)).as("%d", counter).isTrue();
        }
        assertThat(window.advance(far)).isFalse();
    }

    @RepeatedTest(20)
    void agreesWithASetOfReceivedCounters() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        long first = random.nextInt(1_000_000);
        ReplayWindow window = new ReplayWindow(first);
        Set<Long> received = new HashSet<>();
        long highest = first;
        for (int step = 0; step < 20_000; step++) {
            long counter = nextCounter(random, highest);
            boolean fresh = counter > first && counter > highest - ReplayWindow.WIDTH && received.add(counter);
            assertThat(window.isFresh(counter))
                    .as("seed %d, step %d, fresh", seed, step)
                    .isEqualTo(fresh);
            assertThat(window.advance(counter))
                    .as("seed %d, step %d", seed, step)
                    .isEqualTo(fresh);
            highest = Math.max(highest, counter);
        }
    }

    private static long nextCounter(Random random, long highest) {
        return switch (random.nextInt(20)) {
            case 0 -> highest + random.nextInt(40_000);
            case 1 -> highest - ReplayWindow.WIDTH + random.nextInt(5) - 2;
            case 2, 3, 4, 5, 6 -> highest - random.nextInt(10_000);
            default -> highest + 1 + random.nextInt(3);
        };
    }

    @RepeatedTest(5)
    void shuffledAndDuplicatedDatagramsAreOpenedOnceEach() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Wire wire = new Wire();
        ClusterKey key = ClusterKey.generate();
        Wire.Endpoint sender = wire.endpoint("sender", key);
        Wire.Endpoint receiver = wire.endpoint("receiver", key);
        wire.admit(receiver, sender);
        List<byte[]> datagrams = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            byte[] datagram = sender.seal((byte) i);
            for (int copies = random.nextInt(3); copies >= 0; copies--) {
                datagrams.add(random.nextInt(datagrams.size() + 1), datagram);
            }
        }
        long opened = datagrams.stream()
                .filter(datagram -> receiver.open("sender", datagram) == 1)
                .count();
        assertThat(opened).as("seed %d", seed).isEqualTo(500);
        assertThat(receiver.opener.rejected(Rejection.REPLAY))
                .as("seed %d", seed)
                .isEqualTo(datagrams.size() - 500);
    }

    @Test
    void aForgedCounterDoesNotMoveTheWindow() {
        Wire wire = new Wire();
        ClusterKey key = ClusterKey.generate();
        Wire.Endpoint sender = wire.endpoint("sender", key);
        Wire.Endpoint receiver = wire.endpoint("receiver", key);
        wire.admit(receiver, sender);
        byte[] waiting = sender.seal((byte) 1);
        byte[] forged = sender.seal((byte) 2);
        SealedHeader.write(forged, 0, SealedHeader.DATA, key.epoch(), sender.sealer.boot(), 1L << 40);
        assertThat(Rejection.of(receiver.open("sender", forged))).isEqualTo(Rejection.KEY);
        assertThat(receiver.open("sender", waiting)).isEqualTo(1);
    }
}
