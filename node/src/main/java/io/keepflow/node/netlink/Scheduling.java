package io.keepflow.node.netlink;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How soon a thread of this process runs when it has something to do and others compute, as the JIT's do for milliseconds. Nobody gets more
 * or less of the processor for it, unlike with another priority. A thread to which somebody gave another policy (real time, say) is
 * left alone.
 */
public final class Scheduling {
    private static final int SCHED_OTHER = 0;
    private static final int SCHED_BATCH = 3;

    /** Far more than a turn of the node takes; the kernel's least. */
    private static final long SHORT_SLICE_NANOS = 100_000;

    private static final long KERNELS_SLICE = 0;

    /** {@code struct sched_attr} of {@code linux/sched/types.h}, in its first form. */
    private static final long ATTRIBUTES_BYTES = 48;

    private static final long SIZE = 0;
    private static final long POLICY = 4;
    private static final long NICE = 16;
    private static final long RUNTIME = 24;

    private static final int CALLING_THREAD = 0;

    private Scheduling() {}

    /**
     * Asks for a short time slice for the calling thread and all that it starts: it need not wait until the slice of one that computes is
     * over. Kernels before 6.12 take no notice.
     *
     * @return whether the kernel took it
     */
    public static boolean soon() {
        return ask(CALLING_THREAD, SCHED_OTHER, SHORT_SLICE_NANOS);
    }

    /**
     * Makes the calling thread one that computes: when it wakes up, it waits until nobody else wants that processor or its turn has come.
     *
     * @return whether the kernel took it
     */
    public static boolean batch() {
        return ask(CALLING_THREAD, SCHED_BATCH, KERNELS_SLICE);
    }

    /** The same for the JIT's threads, which would otherwise go before the very thread that asks them for something. */
    public static void batchCompilers() {
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
            for (Path thread : threads) {
                String name = Files.readString(thread.resolve("comm"));
                if (name.startsWith("C1 Comp") || name.startsWith("C2 Comp")) {
                    ask(Integer.parseInt(thread.getFileName().toString()), SCHED_BATCH, KERNELS_SLICE);
                }
            }
        } catch (IOException e) {
            // A thread has ended, or there is no /proc: it goes without.
        }
    }

    private static boolean ask(int thread, int policy, long sliceNanos) {
        Calls calls = Calls.here();
        if (calls == null) {
            return false;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Libc.CALL_STATE);
            int before = Libc.syscall(state, calls.getPolicy, thread, 0, 0);
            int priority = Libc.syscall(state, calls.getPriority, 0, thread, 0);
            if ((before != SCHED_OTHER && before != SCHED_BATCH) || priority < 0) {
                return false;
            }
            MemorySegment attributes = arena.allocate(ATTRIBUTES_BYTES, Long.BYTES);
            attributes.set(JAVA_INT, SIZE, (int) ATTRIBUTES_BYTES);
            attributes.set(JAVA_INT, POLICY, policy);
            // The kernel tells 20 less the nice value, so that it is never negative.
            attributes.set(JAVA_INT, NICE, 20 - priority);
            attributes.set(JAVA_LONG, RUNTIME, sliceNanos);
            return Libc.syscall(state, calls.setAttributes, thread, attributes.address(), 0) == 0;
        }
    }

    /** The numbers of the system calls, which differ by architecture. */
    private record Calls(long setAttributes, long getPolicy, long getPriority) {
        static @Nullable Calls here() {
            return switch (System.getProperty("os.arch")) {
                case "amd64" -> new Calls(314, 145, 140);
                case "aarch64" -> new Calls(274, 120, 141);
                default -> null;
            };
        }
    }
}
