package io.keepflow.node.netlink;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;

/** Takes root's rights from one thread only: the bare system call, where libc's function would do it to all of them. */
final class UnprivilegedThread {
    private static final long SYS_SETRESUID = System.getProperty("os.arch").equals("aarch64") ? 147 : 117;
    private static final int NOBODY = 65534;
    private static final MethodHandle SYSCALL = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().find("syscall").orElseThrow(),
                    FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT),
                    Linker.Option.firstVariadicArg(1));

    private UnprivilegedThread() {}

    /** Makes the calling thread nobody for the rest of its life. */
    static void become() {
        try {
            long result = (long) SYSCALL.invokeExact(SYS_SETRESUID, NOBODY, NOBODY, NOBODY);
            if (result != 0) {
                throw new IllegalStateException("setresuid failed: these tests need root");
            }
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable t) {
            throw new AssertionError(t);
        }
    }
}
