package io.keepflow.node.cli;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether standard output is a terminal, and how wide. */
final class TerminalWidth {
    /** asm-generic/ioctls.h. */
    private static final long TIOCGWINSZ = 0x5413;

    /** {@code struct winsize}: rows, columns and two sizes in pixels, 16 bits each. */
    private static final int WINSIZE_BYTES = 8;

    private static final int WS_COL_OFFSET = 2;
    private static final int DEFAULT_COLUMNS = 80;

    private TerminalWidth() {}

    /** The name of the file tells for next to nothing; asking the kernel, a native call, doubles the time of a short command. */
    static boolean isStandardOutputTerminal() {
        Path standardOutput = Path.of("/proc/self/fd/1");
        try {
            String name = Files.readSymbolicLink(standardOutput).toString();
            if (name.startsWith("/dev/pts/") || name.startsWith("/dev/tty")) {
                return true;
            }
            if (name.startsWith("pipe:") || name.startsWith("socket:") || name.equals("/dev/null")) {
                return false;
            }
        } catch (IOException e) {
            // No /proc, or a closed output: the kernel knows better.
            return ofStandardOutput() > 0;
        }
        return !Files.isRegularFile(standardOutput) && ofStandardOutput() > 0;
    }

    /** Columns, from the kernel; 0 when standard output is no terminal. */
    static int ofStandardOutput() {
        Linker linker = Linker.nativeLinker();
        MethodHandle ioctl = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("ioctl"),
                FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS),
                Linker.Option.firstVariadicArg(2));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment winsize = arena.allocate(WINSIZE_BYTES, 2);
            if ((int) ioctl.invokeExact(1, TIOCGWINSZ, winsize) != 0) {
                return 0;
            }
            int columns = Short.toUnsignedInt(winsize.get(JAVA_SHORT, WS_COL_OFFSET));
            return columns == 0 ? DEFAULT_COLUMNS : columns;
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new IllegalStateException("ioctl", t);
        }
    }
}
