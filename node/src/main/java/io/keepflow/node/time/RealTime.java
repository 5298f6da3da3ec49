package io.keepflow.node.time;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Schedules those threads in real time that a flow passes on its way, {@code sched(7)}: on a busy machine it would otherwise wait
 * some milliseconds for its turn in each. The lowest such priority, so that every other real-time process comes first.
 */
public final class RealTime {
    private static final int PRIORITY = 1;

    /** {@code SCHED_RR}, and {@code SCHED_RESET_ON_FORK}: not for threads that such a thread starts. */
    private static final int POLICY = 2 | 0x4000_0000;

    private static final Logger LOG = LoggerFactory.getLogger(RealTime.class);

    private final AtomicBoolean told = new AtomicBoolean();

    /** Schedules the calling thread in real time, if the process may: {@code LimitRTPRIO=1} in the unit, or {@code CAP_SYS_NICE}. */
    public void raise() {
        if (!isGranted() && told.compareAndSet(false, true)) {
            LOG.warn(
                    "the kernel grants no real-time priority, so replication may wait for its turn on a busy machine;"
                            + " grant it with LimitRTPRIO={} in the unit",
                    PRIORITY);
        }
    }

    private static boolean isGranted() {
        Linker linker = Linker.nativeLinker();
        MethodHandle call = linker.downcallHandle(
                linker.defaultLookup().find("sched_setscheduler").orElseThrow(),
                FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment parameter = arena.allocateFrom(JAVA_INT, PRIORITY);
            return (int) call.invokeExact(0, POLICY, parameter.address()) == 0;
        } catch (Throwable t) {
            throw new AssertionError("a downcall threw", t);
        }
    }
}
