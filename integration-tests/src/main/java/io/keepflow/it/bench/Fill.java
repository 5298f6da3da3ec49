package io.keepflow.it.bench;

import io.keepflow.it.lab.Firewall;
import io.keepflow.it.lab.Poll;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Established connections that nobody sends on: brings a table to a size at a pace at which no daemon loses events. */
final class Fill {
    private static final int PER_TICK = 400;
    private static final long TICK_NANOS = 10_000_000;
    private static final int TIMEOUT_SECONDS = 7200;

    private Fill() {}

    /** Creates the flows of these numbers, the last excluded, at 40,000 a second. */
    static void create(Firewall firewall, int from, int to) throws Exception {
        try (KernelWriter kernel = KernelWriter.into(firewall)) {
            long due = System.nanoTime();
            for (int i = from; i < to; i++) {
                ShortFlows.established(i, kernel.flow());
                kernel.create(TIMEOUT_SECONDS);
                if (i % PER_TICK == 0) {
                    kernel.flush();
                    due += TICK_NANOS;
                    LockSupport.parkNanos(due - System.nanoTime());
                }
            }
            kernel.flush();
        }
    }

    /** Creates the flows from the first on, as fast as the kernel takes them. */
    static void createAtOnce(Firewall firewall, int count) throws Exception {
        try (KernelWriter kernel = KernelWriter.into(firewall);
                RealTime _ = RealTime.enter()) {
            for (int i = 0; i < count; i++) {
                ShortFlows.established(i, kernel.flow());
                kernel.create(TIMEOUT_SECONDS);
            }
            kernel.flush();
        }
    }

    /** Deletes them again, at the pace of {@link #create}. */
    static void delete(Firewall firewall, int count) throws Exception {
        try (KernelWriter kernel = KernelWriter.into(firewall)) {
            long due = System.nanoTime();
            for (int i = 0; i < count; i++) {
                ShortFlows.established(i, kernel.flow());
                kernel.delete();
                if (i % PER_TICK == 0) {
                    kernel.flush();
                    due += TICK_NANOS;
                    LockSupport.parkNanos(due - System.nanoTime());
                }
            }
            kernel.flush();
        }
    }

    /** Until the firewall's kernel holds so many, looking every millisecond; returns the {@link System#nanoTime} then. */
    static long awaitCount(Firewall firewall, long flows, Duration limit) throws Exception {
        return firewall.namespace().call(() -> {
            long deadline = System.nanoTime() + limit.toNanos();
            while (KernelCount.here() < flows) {
                if (System.nanoTime() - deadline > 0) {
                    throw new java.util.concurrent.TimeoutException("%s holds %d flows of %d after %d s"
                            .formatted(firewall.name(), KernelCount.here(), flows, limit.toSeconds()));
                }
                Thread.sleep(1);
            }
            return System.nanoTime();
        });
    }

    static void awaitCached(ConntrackdContestant conntrackd, Firewall standby, long flows, Duration limit)
            throws Exception {
        Poll.until("conntrackd's external cache is complete", limit, () -> conntrackd.cached(standby) >= flows);
    }
}
