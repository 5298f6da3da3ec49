package io.keepflow.node.time;

import java.time.Instant;

/** Both kinds of time that a node needs. */
public interface Clock {
    /** Nanoseconds of a clock that never jumps; only differences mean something. */
    long nanos();

    /** Microseconds since 1970 on the wall clock of this machine, which may jump. */
    long epochMicros();

    /** Whole seconds of {@link #nanos} since some moment before the node started, for leases. */
    default int seconds() {
        return (int) (nanos() / 1_000_000_000L);
    }

    /** The clocks of this machine. */
    static Clock system() {
        return new Clock() {
            private final long startNanos = System.nanoTime();

            @Override
            public long nanos() {
                return System.nanoTime() - startNanos;
            }

            @Override
            public long epochMicros() {
                Instant now = Instant.now();
                return now.getEpochSecond() * 1_000_000L + now.getNano() / 1000;
            }
        };
    }
}
