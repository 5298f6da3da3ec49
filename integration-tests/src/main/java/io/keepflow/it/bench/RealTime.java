package io.keepflow.it.bench;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Real-time scheduling of the calling thread, until it is closed by the same thread: for a load that takes the place of packets,
 * which a kernel handles before any process.
 */
final class RealTime implements AutoCloseable {
    private static final int SCHED_OTHER = 0;
    private static final int SCHED_FIFO = 1;

    /** Of {@code sched_get_priority_max(2)}, as conntrackd's. */
    private static final int HIGHEST = 99;

    private static final MethodHandle SCHED_SETSCHEDULER = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker()
                            .defaultLookup()
                            .find("sched_setscheduler")
                            .orElseThrow(),
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS));

    private RealTime() {}

    static RealTime enter() {
        schedule(SCHED_FIFO, HIGHEST);
        return new RealTime();
    }

    @Override
    public void close() {
        schedule(SCHED_OTHER, 0);
    }

    private static void schedule(int policy, int priority) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment parameters = arena.allocateFrom(JAVA_INT, priority);
            if ((int) SCHED_SETSCHEDULER.invokeExact(0, policy, parameters) != 0) {
                throw new IllegalStateException("cannot schedule a thread in real time: needs root");
            }
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable t) {
            throw new AssertionError("a downcall threw", t);
        }
    }
}
