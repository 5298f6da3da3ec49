package io.keepflow.node.netlink;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Takes root's rights from one thread only: the bare system call, where libc's function would do it to all of them. */
final class UnprivilegedThread {
    private static final long SYS_SETRESUID = System.getProperty("os.arch").equals("aarch64") ? 147 : 117;
    private static final int NOBODY = 65534;
    private static final MethodHandle SYSCALL = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().find("syscall").orElseThrow(),
                    FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
                    Linker.Option.firstVariadicArg(1));

    private static final long SYS_CAPSET = System.getProperty("os.arch").equals("aarch64") ? 91 : 126;

    /** {@code _LINUX_CAPABILITY_VERSION_3} of linux/capability.h: 64 bits each of effective, permitted and inheritable. */
    private static final int CAPABILITY_VERSION = 0x20080522;

    private static final int CAP_NET_ADMIN = 12;

    private UnprivilegedThread() {}

    /** Makes the calling thread nobody for the rest of its life. */
    static void become() {
        call("setresuid", SYS_SETRESUID, NOBODY, NOBODY, NOBODY);
    }

    /** Leaves the calling thread with CAP_NET_ADMIN alone for the rest of its life. */
    static void keepNetworkAdministration() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment header = arena.allocate(8, 4);
            header.set(JAVA_INT, 0, CAPABILITY_VERSION);
            MemorySegment sets = arena.allocate(24, 4);
            sets.set(JAVA_INT, 0, 1 << CAP_NET_ADMIN);
            sets.set(JAVA_INT, 4, 1 << CAP_NET_ADMIN);
            call("capset", SYS_CAPSET, header.address(), sets.address(), 0);
        }
    }

    private static void call(String name, long number, long first, long second, long third) {
        try {
            long result = (long) SYSCALL.invokeExact(number, first, second, third);
            if (result != 0) {
                throw new IllegalStateException(name + " failed: these tests need root");
            }
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable t) {
            throw new AssertionError(t);
        }
    }
}
