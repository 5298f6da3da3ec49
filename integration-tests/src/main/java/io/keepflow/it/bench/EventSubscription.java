package io.keepflow.it.bench;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a daemon hears of its kernel. A kernel builds the event of an entry for any listener, be it in another namespace: in a lab, a
 * firewall pays for its peer's subscription, as it does not where each has a kernel of its own.
 */
final class EventSubscription {
    private static final long PIDFD_OPEN = 434;
    private static final long PIDFD_GETFD = 438;
    private static final int SOL_SOCKET = 1;
    private static final int SO_PROTOCOL = 38;
    private static final int SO_DOMAIN = 39;
    private static final int AF_NETLINK = 16;
    private static final int NETLINK_NETFILTER = 12;
    private static final int SOL_NETLINK = 270;
    private static final int NETLINK_DROP_MEMBERSHIP = 2;

    /** NEW, UPDATE and DESTROY of flows. */
    private static final int[] GROUPS = {1, 2, 3};

    private static final MethodHandle SYSCALL = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().findOrThrow("syscall"),
                    FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
                    Linker.Option.firstVariadicArg(1));
    private static final MethodHandle GETSOCKOPT = find("getsockopt", JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);
    private static final MethodHandle SETSOCKOPT = find("setsockopt", JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle CLOSE = find("close", JAVA_INT);

    private EventSubscription() {}

    /**
     * Ends it for good: the process hears of no flow any more, and does not notice.
     *
     * @throws IOException if the process has no netfilter socket, or this one may not touch it
     */
    static void end(long pid) throws IOException {
        int process = syscall(PIDFD_OPEN, pid, 0);
        int left = 0;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(JAVA_INT);
            MemorySegment length = arena.allocateFrom(JAVA_INT, (int) value.byteSize());
            for (int descriptor : sockets(pid)) {
                int socket = syscall(PIDFD_GETFD, process, descriptor);
                if (option(socket, SO_DOMAIN, value, length) == AF_NETLINK
                        && option(socket, SO_PROTOCOL, value, length) == NETLINK_NETFILTER) {
                    leave(socket, value);
                    left++;
                }
                var _ = (int) CLOSE.invokeExact(socket);
            }
            var _ = (int) CLOSE.invokeExact(process);
        } catch (IOException e) {
            throw e;
        } catch (Throwable t) {
            throw new AssertionError("a downcall threw", t);
        }
        if (left == 0) {
            throw new IOException("process " + pid + " has no netfilter socket");
        }
    }

    private static void leave(int socket, MemorySegment value) throws Throwable {
        for (int group : GROUPS) {
            value.set(JAVA_INT, 0, group);
            int result = (int)
                    SETSOCKOPT.invokeExact(socket, SOL_NETLINK, NETLINK_DROP_MEMBERSHIP, value, (int) value.byteSize());
            if (result != 0) {
                throw new IOException("cannot end a subscription to conntrack events");
            }
        }
    }

    private static int option(int socket, int name, MemorySegment value, MemorySegment length) throws Throwable {
        int result = (int) GETSOCKOPT.invokeExact(socket, SOL_SOCKET, name, value, length);
        return result == 0 ? value.get(JAVA_INT, 0) : -1;
    }

    private static List<Integer> sockets(long pid) throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
            return descriptors
                    .filter(EventSubscription::isSocket)
                    .map(link -> Integer.valueOf(link.getFileName().toString()))
                    .toList();
        }
    }

    /** One that was closed meanwhile is none. */
    private static boolean isSocket(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
        } catch (IOException e) {
            return false;
        }
    }

    private static int syscall(long number, long first, long second) throws IOException {
        long result;
        try {
            result = (long) SYSCALL.invokeExact(number, first, second, 0L);
        } catch (Throwable t) {
            throw new AssertionError("a downcall threw", t);
        }
        if (result < 0) {
            throw new IOException("cannot get at the sockets of another process (system call " + number + ")");
        }
        return (int) result;
    }

    private static MethodHandle find(String function, MemoryLayout... arguments) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow(function), FunctionDescriptor.of(JAVA_INT, arguments));
    }
}
