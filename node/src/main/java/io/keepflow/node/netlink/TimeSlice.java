package io.keepflow.node.netlink;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * How long a thread runs before another one's turn comes. A thread that asks for less is also run sooner when it wakes up: it need
 * not wait until the slice of a thread that computes, as the JIT's do, is over. It gets no more of the processor for it, and nobody
 * less, unlike with a higher priority.
 */
public final class TimeSlice {
    /** Far more than a turn of the node takes; the kernel's least. */
    private static final long SHORT_NANOS = 100_000;

    /** {@code struct sched_attr} of {@code linux/sched/types.h}, in its first form. */
    private static final long ATTRIBUTES_BYTES = 48;

    private static final long SIZE = 0;
    private static final long RUNTIME = 24;

    private TimeSlice() {}

    /**
     * Asks for a short slice for the calling thread and all that it starts, at ordinary priority. Kernels before 6.12 take no notice.
     *
     * @return whether the kernel took it
     */
    public static boolean shorten() {
        long number = switch (System.getProperty("os.arch")) {
            case "amd64" -> 314;
            case "aarch64" -> 274;
            default -> -1;
        };
        if (number < 0) {
            return false;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = arena.allocate(ATTRIBUTES_BYTES, Long.BYTES);
            attributes.set(JAVA_INT, SIZE, (int) ATTRIBUTES_BYTES);
            attributes.set(JAVA_LONG, RUNTIME, SHORT_NANOS);
            return Libc.syscall(arena.allocate(Libc.CALL_STATE), number, 0, attributes.address(), 0) == 0;
        }
    }
}
