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
final class Lifecycles implements AutoCloseable {
    /** NEW, five UPDATEs, DESTROY: what a real connection causes. */
    static final int EVENTS_PER_CONNECTION = 7;

    private static final int[] STATES = {
        ShortFlows.SYN_RECV, ShortFlows.ESTABLISHED, ShortFlows.FIN_WAIT, ShortFlows.LAST_ACK, ShortFlows.TIME_WAIT
    };
    private static final double LEAST_SHARE = 0.8;
    private static final int TIMEOUT_SECONDS = 120;
    private static final long TICK_NANOS = 1_000_000;

    /** Connections that go through their states side by side: so few that the processor's caches hold them all the while. */
    private static final int AT_ONCE = 50;

    private final KernelWriter kernel;
    private final int connectionsPerSecond;
    private int begun;
    private int ended;

    private Lifecycles(KernelWriter kernel, int eventsPerSecond) {
        this.kernel = kernel;
        this.connectionsPerSecond = eventsPerSecond / EVENTS_PER_CONNECTION;
    }

    static Lifecycles into(Firewall firewall, int eventsPerSecond) throws Exception {
        return new Lifecycles(KernelWriter.into(firewall), eventsPerSecond);
    }

    /** Returns when all connections have ended. */
    static Outcome run(Firewall firewall, int eventsPerSecond, Duration duration) throws Exception {
        try (Lifecycles load = into(firewall, eventsPerSecond)) {
            Outcome outcome = load.live(duration);
            load.end();
            return outcome;
        }
    }

    /**
     * Lets connections live for so long, at the rate or as fast as the kernel takes them, if that is slower; those of the last
     * second have not ended yet when it returns.
     */
    Outcome live(Duration duration) throws IOException {
        long start = System.nanoTime();
        double seconds = 0;
        for (long tick = start; seconds * 1000 < duration.toMillis(); tick += TICK_NANOS) {
            LockSupport.parkNanos(tick - System.nanoTime());
            seconds = (System.nanoTime() - start) / 1e9;
            live(Math.min((int) (seconds * connectionsPerSecond), begun + AT_ONCE));
            // Those that were there a second ago: as many as now, less a second at the rate that is really made.
            end((int) (begun * (seconds - 1) / seconds));
        }
        return new Outcome(begun, ended, (System.nanoTime() - start) / 1e9);
    }

    /** Likewise, but before all processes: what a daemon of real-time priority would slow down else. */
    Outcome liveInRealTime(Duration duration) throws IOException {
        try (RealTime _ = RealTime.enter()) {
            return live(duration);
        }
    }

    /** Ends what is left, at the same pace. */
    void end() throws IOException {
        long start = System.nanoTime();
        int before = ended;
        for (long tick = start; ended < begun; tick += TICK_NANOS) {
            LockSupport.parkNanos(tick - System.nanoTime());
            end((int) Math.min(begun, before + (System.nanoTime() - start) / 1e9 * connectionsPerSecond));
        }
    }

    @Override
    public void close() {
        kernel.close();
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
     * @param begun connections that lived up to their TIME_WAIT
     * @param ended those of them that have ended, too
     */
    record Outcome(int begun, int ended, double seconds) {
        long events() {
            return (long) begun * (EVENTS_PER_CONNECTION - 1) + ended;
        }

        double eventsPerSecond() {
            return events() / seconds;
        }

        /** Whether the machine was quick enough to make them. */
        boolean madeRate(int wanted) {
            return eventsPerSecond() >= wanted * LEAST_SHARE;
        }
    }
}
