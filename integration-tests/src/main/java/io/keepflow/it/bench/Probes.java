package io.keepflow.it.bench;

import io.keepflow.it.lab.Firewall;
import io.keepflow.it.lab.Poll;
import java.io.IOException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/**
 * Makes entries in one firewall's kernel, one at a time, and measures when each is in another's. Both times are of this machine's
 * one monotonic clock; the first is taken right before the request.
 */
final class Probes {
    /** On average; drawn at random, so that nothing that ticks is met at the same phase each time. */
    static final long PERIOD_NANOS = 2_000_000;

    private static final int TIMEOUT_SECONDS = 600;
    private static final Duration LAST_ARRIVAL = Duration.ofSeconds(10);
    private static final long SEED = 4;

    private Probes() {}

    /** Fails when one does not arrive. All probes' entries are gone from the first firewall afterwards. */
    static Percentiles run(Firewall from, Firewall to, int probes) throws Exception {
        try (KernelWriter kernel = KernelWriter.into(from);
                EntryWatch watch = EntryWatch.on(to, probes)) {
            long[] nanos = send(kernel, probes);
            if (!Poll.holdsWithin(LAST_ARRIVAL, () -> watch.seen() == probes)) {
                throw new IOException("%d of %d probes did not arrive".formatted(probes - watch.seen(), probes));
            }
            watch.requireHealthy();
            for (int i = 0; i < probes; i++) {
                nanos[i] = watch.seenNanos(i) - nanos[i];
                ShortFlows.udp(i, EntryWatch.PROBE_PORT, kernel.flow());
                kernel.delete();
            }
            kernel.flush();
            return Percentiles.of(nanos);
        }
    }

    private static long[] send(KernelWriter kernel, int probes) throws IOException {
        long[] sent = new long[probes];
        Random random = new Random(SEED);
        long due = System.nanoTime();
        for (int i = 0; i < probes; i++) {
            due += random.nextLong(PERIOD_NANOS / 2, PERIOD_NANOS * 3 / 2);
            while (due - System.nanoTime() > 0) {
                LockSupport.parkNanos(due - System.nanoTime());
            }
            ShortFlows.udp(i, EntryWatch.PROBE_PORT, kernel.flow());
            kernel.create(TIMEOUT_SECONDS);
            sent[i] = System.nanoTime();
            kernel.flush();
        }
        return sent;
    }
}
