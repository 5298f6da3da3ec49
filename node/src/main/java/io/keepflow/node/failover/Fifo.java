package io.keepflow.node.failover;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/** What the JDK cannot do with a FIFO, fifo(7): make one, and open one without waiting. */
final class Fifo {
    private static final int OWNER_ONLY = 0600;
    private static final int O_WRONLY = 1;
    private static final int O_NONBLOCK = 0x800;
    private static final int O_CLOEXEC = 0x80000;
    private static final int EEXIST = 17;
    private static final int MAX_MESSAGE_BYTES = 256;

    private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
    private static final long ERRNO = CALL_STATE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));
    private static final Linker.Option KEEP_ERRNO = Linker.Option.captureCallState("errno");
    private static final MethodHandle MKFIFO =
            find("mkfifo", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT), KEEP_ERRNO);
    private static final MethodHandle OPEN =
            find("open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT), KEEP_ERRNO);
    private static final MethodHandle CLOSE = find("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle STRERROR = find("strerror", FunctionDescriptor.of(ADDRESS, JAVA_INT));

    private Fifo() {}

    /**
     * Makes it, for its owner alone, unless there is something already.
     *
     * @throws IOException if it cannot be made, as where there is no such directory
     */
    static void make(Path fifo) throws IOException {
        try {
            int result = call(MKFIFO, fifo, OWNER_ONLY);
            if (result < 0 && result != -EEXIST) {
                throw new IOException("cannot make the FIFO " + fifo + ": " + text(-result));
            }
        } catch (IOException e) {
            throw e;
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** Whether anybody has it open to read from it: where nobody has, it cannot be opened for writing without waiting. */
    static boolean isRead(Path fifo) {
        try {
            int descriptor = call(OPEN, fifo, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
            return descriptor >= 0 && (int) CLOSE.invokeExact(descriptor) == 0;
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** What the function returned, or {@code -errno}. */
    private static int call(MethodHandle function, Path path, int argument) throws Throwable {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            int result = (int) function.invokeExact(state, arena.allocateFrom(path.toString()), argument);
            return result >= 0 ? result : -state.get(JAVA_INT, ERRNO);
        }
    }

    private static String text(int errno) throws Throwable {
        MemorySegment message = (MemorySegment) STRERROR.invokeExact(errno);
        return message.reinterpret(MAX_MESSAGE_BYTES).getString(0);
    }

    private static MethodHandle find(String function, FunctionDescriptor type, Linker.Option... options) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(function), type, options);
    }

    /** A downcall throws only when its handle is called wrongly. */
    private static AssertionError impossible(Throwable t) {
        return new AssertionError("a downcall threw", t);
    }
}
