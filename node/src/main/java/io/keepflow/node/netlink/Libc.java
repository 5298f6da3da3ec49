package io.keepflow.node.netlink;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;

/**
 * The system calls of a netlink socket. Each returns what the call returned, or {@code -errno}.
 *
 * <p>Pointers travel as plain addresses, so that a call allocates nothing; whoever calls keeps the memory alive. {@code state}
 * is a segment of {@link #CALL_STATE} that belongs to the calling socket.
 */
final class Libc {
    static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();

    private static final long ERRNO = CALL_STATE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));

    private static final MethodHandle SOCKET = find("socket", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle BIND = find("bind", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final MethodHandle GETSOCKNAME = find("getsockname", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle SETSOCKOPT =
            find("setsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final MethodHandle GETSOCKOPT =
            find("getsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle RECVMMSG =
            find("recvmmsg", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG);
    private static final MethodHandle SEND = find("send", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
    private static final MethodHandle CLOSE = find("close", JAVA_INT, JAVA_INT);
    private static final MethodHandle MMAP =
            find("mmap", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
    private static final MethodHandle GETPAGESIZE = find("getpagesize", JAVA_INT);
    private static final MethodHandle MUNMAP = find("munmap", JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle SYSCALL = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().findOrThrow("syscall"),
                    FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
                    Linker.Option.captureCallState("errno"),
                    Linker.Option.firstVariadicArg(1));

    private Libc() {}

    /** Shares {@code length} bytes of the file with whoever else has them; the address, or {@code -errno}. */
    static long mmap(MemorySegment state, long length, int protection, int fd, long offset) {
        try {
            long address = (long) MMAP.invokeExact(state, 0L, length, protection, Netlink.MAP_SHARED, fd, offset);
            return address == -1 ? -state.get(JAVA_INT, ERRNO) : address;
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    static int munmap(MemorySegment state, long address, long length) {
        try {
            return result((int) MUNMAP.invokeExact(state, address, length), state);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    static int pageBytes() {
        try (Arena arena = Arena.ofConfined()) {
            return (int) GETPAGESIZE.invokeExact(arena.allocate(CALL_STATE));
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** For calls without a function of their own; {@code number} is the architecture's. */
    static int syscall(MemorySegment state, long number, long first, long second, long third) {
        try {
            return result((int) (long) SYSCALL.invokeExact(state, number, first, second, third), state);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    static int recvmmsg(MemorySegment state, int fd, long vector, int length, int flags) {
        try {
            return result((int) RECVMMSG.invokeExact(state, fd, vector, length, flags, 0L), state);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    static int send(MemorySegment state, int fd, long address, long length, int flags) {
        try {
            return result((int) (long) SEND.invokeExact(state, fd, address, length, flags), state);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    static int socket(MemorySegment state, int domain, int type, int protocol) {
        try {
            return result((int) SOCKET.invokeExact(state, domain, type, protocol), state);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    static int bind(MemorySegment state, int fd, long address, int length) {
        try {
            return result((int) BIND.invokeExact(state, fd, address, length), state);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    static int getsockname(MemorySegment state, int fd, long address, long length) {
        try {
            return result((int) GETSOCKNAME.invokeExact(state, fd, address, length), state);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    static int setsockopt(MemorySegment state, int fd, int level, int option, long value, int length) {
        try {
            return result((int) SETSOCKOPT.invokeExact(state, fd, level, option, value, length), state);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    static int getsockopt(MemorySegment state, int fd, int level, int option, long value, long length) {
        try {
            return result((int) GETSOCKOPT.invokeExact(state, fd, level, option, value, length), state);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    static int close(MemorySegment state, int fd) {
        try {
            return result((int) CLOSE.invokeExact(state, fd), state);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    private static int result(int result, MemorySegment state) {
        return result >= 0 ? result : -state.get(JAVA_INT, ERRNO);
    }

    private static MethodHandle find(String function, MemoryLayout result, MemoryLayout... arguments) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().find(function).orElseThrow(),
                FunctionDescriptor.of(result, arguments),
                Linker.Option.captureCallState("errno"));
    }

    /** A downcall throws only when its handle is called wrongly. */
    private static AssertionError impossible(Throwable t) {
        return new AssertionError("a downcall threw", t);
    }
}
