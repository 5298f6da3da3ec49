package io.keepflow.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Many threads at one sealer and one opener. */
class ConcurrencyTest {
    private static final int THREADS = 8;
    private static final int DATAGRAMS_PER_THREAD = 10_000;

    @Test
    void noNonceIsEverUsedTwiceAlsoAcrossSegments() throws Exception {
        ClusterKey key = ClusterKey.generate();
        long nearSegmentEnd = (1L << SegmentKey.COUNTER_BITS) - (long) THREADS * DATAGRAMS_PER_THREAD / 2;
        Sealer sealer = new Sealer(key, BootId.random(), nearSegmentEnd);
        List<long[]> perThread = inParallel(() -> {
            long[] counters = new long[DATAGRAMS_PER_THREAD];
            byte[] out = new byte[Sealer.OVERHEAD + 1];
            for (int i = 0; i < counters.length; i++) {
                sealer.seal(new byte[1], 0, 1, out, 0);
                counters[i] = SealedHeader.counter(out, 0);
            }
            return counters;
        });
        Set<Long> unique = new HashSet<>();
        for (long[] counters : perThread) {
            for (long counter : counters) {
                assertThat(unique.add(counter))
                        .as("counter %d was used before", counter)
                        .isTrue();
            }
        }
        assertThat(unique).hasSize(THREADS * DATAGRAMS_PER_THREAD);
    }

    @Test
    void twoRunsNeverShareABootId() {
        ClusterKey key = ClusterKey.generate();
        Set<BootId> boots = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            boots.add(new Sealer(key).boot());
        }
        assertThat(boots).hasSize(1000);
    }

    @Test
    void eachDatagramIsOpenedByOneOfTheThreadsThatReceiveIt() throws Exception {
        Wire wire = new Wire();
        ClusterKey key = ClusterKey.generate();
        Wire.Endpoint sender = wire.endpoint("sender", key);
        Wire.Endpoint receiver = wire.endpoint("receiver", key);
        wire.admit(receiver, sender);
        List<byte[]> datagrams = new ArrayList<>();
        for (int i = 0; i < 4000; i++) {
            datagrams.add(sender.seal((byte) i));
        }
        AtomicInteger opened = new AtomicInteger();
        inParallel(() -> {
            byte[] clear = new byte[16];
            for (byte[] datagram : datagrams) {
                if (receiver.opener.open("sender", datagram, 0, datagram.length, clear, 0) == 1) {
                    opened.incrementAndGet();
                }
            }
            return new long[0];
        });
        assertThat(opened).hasValue(datagrams.size());
        assertThat(receiver.opener.rejected(Rejection.REPLAY)).isEqualTo((THREADS - 1L) * datagrams.size());
        assertThat(receiver.opener.rejected(Rejection.KEY)).isZero();
    }

    private static List<long[]> inParallel(Callable<long[]> task) throws Exception {
        try (ExecutorService pool = Executors.newFixedThreadPool(THREADS)) {
            List<long[]> results = new ArrayList<>();
            for (Future<long[]> result : pool.invokeAll(java.util.Collections.nCopies(THREADS, task))) {
                results.add(result.get());
            }
            return results;
        }
    }
}
