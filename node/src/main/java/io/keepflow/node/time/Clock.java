package io.keepflow.node.time;

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
        return new SystemClock();
    }
}
