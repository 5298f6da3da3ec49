package io.keepflow.it.bench;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The CPU time that a process has used so far, user and system, all its threads, those that have ended included: its CPU-time
 * clock ({@code clock_getcpuclockid(3)}), exact to the nanosecond, where {@code /proc/PID/stat} counts ticks of ten milliseconds.
 */
final class ProcessCpu {
    /** {@code CPUCLOCK_SCHED} of the kernel's {@code posix-timers.h}: what the scheduler has accounted. */
    private static final int CPUCLOCK_SCHED = 2;

    private static final int PID_SHIFT = 3;
    private static final long NANOS_PER_SECOND = 1_000_000_000;
    private static final MethodHandle CLOCK_GETTIME = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().find("clock_gettime").orElseThrow(),
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, ValueLayout.ADDRESS));

    private ProcessCpu() {}

    static long nanos(long pid) throws IOException {
        int clock = (int) ~pid << PID_SHIFT | CPUCLOCK_SCHED;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment timespec = arena.allocate(JAVA_LONG, 2);
            if (clockGettime(clock, timespec) != 0) {
                throw new IOException("process " + pid + " has no CPU-time clock: it has ended");
            }
            return timespec.getAtIndex(JAVA_LONG, 0) * NANOS_PER_SECOND + timespec.getAtIndex(JAVA_LONG, 1);
        }
    }

    private static int clockGettime(int clock, MemorySegment timespec) {
        try {
            return (int) CLOCK_GETTIME.invokeExact(clock, timespec);
        } catch (Throwable t) {
            throw new AssertionError("a downcall threw", t);
        }
    }
}
