package io.keepflow.it.bench;

import io.keepflow.it.lab.Firewall;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * The kernel events of short TCP connections without their packets: each is made, goes through its states within a millisecond,
 * and ends a second later, all through ctnetlink. Costs a tenth of what real connections cost a machine, so that rates can be
 * reached at which the daemons still have processors to run on.
 */
final class Lifecycles {
    /** NEW, five UPDATEs, DESTROY: what a real connection causes. */
    static final int EVENTS_PER_CONNECTION = 7;

    private static final int[] STATES = {
        ShortFlows.SYN_RECV, ShortFlows.ESTABLISHED, ShortFlows.FIN_WAIT, ShortFlows.LAST_ACK, ShortFlows.TIME_WAIT
    };
    private static final double LEAST_SHARE = 0.9;
    private static final int TIMEOUT_SECONDS = 120;
    private static final long TICK_NANOS = 1_000_000;

    private final KernelWriter kernel;
    private final int connectionsPerSecond;
    private int begun;
    private int ended;

    private Lifecycles(KernelWriter kernel, int eventsPerSecond) {
        this.kernel = kernel;
        this.connectionsPerSecond = eventsPerSecond / EVENTS_PER_CONNECTION;
    }

    /** Returns when all connections have ended: the number of them, and how long it took. */
    static Outcome run(Firewall firewall, int eventsPerSecond, Duration duration) throws Exception {
        try (KernelWriter kernel = KernelWriter.into(firewall)) {
            return new Lifecycles(kernel, eventsPerSecond).run(duration);
        }
    }

    private Outcome run(Duration duration) throws IOException {
        int wanted = (int) (connectionsPerSecond * (double) duration.toMillis() / 1000);
        long start = System.nanoTime();
        for (long tick = start; ended < wanted; tick += TICK_NANOS) {
            LockSupport.parkNanos(tick - System.nanoTime());
            double seconds = (System.nanoTime() - start) / 1e9;
            live(Math.min(wanted, (int) (seconds * connectionsPerSecond)));
            end(Math.min(begun, (int) ((seconds - 1) * connectionsPerSecond)));
        }
        return new Outcome(wanted, (System.nanoTime() - start) / 1e9);
    }

    private void live(int until) throws IOException {
        int first = begun;
        for (; begun < until; begun++) {
            ShortFlows.tcp(begun, ShortFlows.SYN_SENT, kernel.flow());
            kernel.create(TIMEOUT_SECONDS);
        }
        for (int state : STATES) {
            for (int i = first; i < until; i++) {
                ShortFlows.tcp(i, state, kernel.flow());
                kernel.update(TIMEOUT_SECONDS);
            }
        }
        kernel.flush();
    }

    private void end(int until) throws IOException {
        for (; ended < until; ended++) {
            ShortFlows.tcp(ended, ShortFlows.TIME_WAIT, kernel.flow());
            kernel.delete();
        }
        kernel.flush();
    }

    /**
     * What was done.
     *
     * @param seconds one more than the connections were begun in
     */
    record Outcome(int connections, double seconds) {
        double eventsPerSecond() {
            return connections * EVENTS_PER_CONNECTION / (seconds - 1);
        }

        /** Fails when the machine was too slow to make so many. */
        void requireRate(int wanted) throws IOException {
            if (eventsPerSecond() < wanted * LEAST_SHARE) {
                throw new IOException("the load made %.0f events/s, not %d".formatted(eventsPerSecond(), wanted));
            }
        }
    }
}
