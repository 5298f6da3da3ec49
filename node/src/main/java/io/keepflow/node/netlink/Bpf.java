package io.keepflow.node.netlink;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The calls of {@code bpf(2)} that an {@link EventRing} needs. Each returns a file descriptor that the caller closes. */
final class Bpf {
    static final int FUNC_SKB_LOAD_BYTES = 26;
    static final int FUNC_RINGBUF_RESERVE = 131;
    static final int FUNC_RINGBUF_SUBMIT = 132;

    /** What the names of all its operations begin with. */
    static final String CALL = "bpf(";

    private static final int MAP_CREATE = 0;
    private static final int PROG_LOAD = 5;

    private static final int MAP_TYPE_ARRAY = 2;
    private static final int MAP_TYPE_RINGBUF = 27;
    private static final int F_MMAPABLE = 1 << 10;
    private static final int PROG_TYPE_SOCKET_FILTER = 1;

    /** {@code union bpf_attr}: more than any kernel needs for these two calls; what it does not know must be 0. */
    private static final int ATTRIBUTES_BYTES = 72;

    private Bpf() {}

    /** {@code BPF_MAP_TYPE_RINGBUF} of so many bytes: a power of two, and whole pages. */
    static int ring(int bytes) throws NetlinkException {
        return map(MAP_TYPE_RINGBUF, 0, 0, bytes, 0);
    }

    /** An array of one value, which can be mapped into memory. */
    static int value(int bytes) throws NetlinkException {
        return map(MAP_TYPE_ARRAY, Integer.BYTES, bytes, 1, F_MMAPABLE);
    }

    private static int map(int type, int keyBytes, int valueBytes, int entries, int flags) throws NetlinkException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = arena.allocate(ATTRIBUTES_BYTES, 8);
            attributes.set(ValueLayout.JAVA_INT, 0, type);
            attributes.set(ValueLayout.JAVA_INT, 4, keyBytes);
            attributes.set(ValueLayout.JAVA_INT, 8, valueBytes);
            attributes.set(ValueLayout.JAVA_INT, 12, entries);
            attributes.set(ValueLayout.JAVA_INT, 16, flags);
            return call(CALL + "BPF_MAP_CREATE)", MAP_CREATE, attributes, arena);
        }
    }

    /** Has the kernel verify and compile a socket filter. */
    static int socketFilter(EbpfProgram program) throws NetlinkException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = arena.allocate(ATTRIBUTES_BYTES, 8);
            attributes.set(ValueLayout.JAVA_INT, 0, PROG_TYPE_SOCKET_FILTER);
            attributes.set(ValueLayout.JAVA_INT, 4, program.size());
            attributes.set(ValueLayout.JAVA_LONG, 8, program.assemble(arena).address());
            attributes.set(
                    ValueLayout.JAVA_LONG, 16, arena.allocateFrom("Apache-2.0").address());
            return call(CALL + "BPF_PROG_LOAD)", PROG_LOAD, attributes, arena);
        }
    }

    /** What to do about an error of these operations; empty if nothing is known. */
    static String hint(int errno) {
        return switch (errno) {
            case Errno.EPERM, Errno.EACCES -> "needs CAP_BPF: run as root or grant it";
            case Errno.EINVAL, Errno.ENOSYS -> "needs Linux 5.12 or later";
            default -> "";
        };
    }

    private static int call(String operation, int command, MemorySegment attributes, Arena arena)
            throws NetlinkException {
        long number = switch (System.getProperty("os.arch")) {
            case "amd64" -> 321;
            case "aarch64" -> 280;
            default -> -1;
        };
        MemorySegment state = arena.allocate(Libc.CALL_STATE);
        int result = number < 0
                ? -Errno.ENOSYS
                : Libc.syscall(state, number, command, attributes.address(), ATTRIBUTES_BYTES);
        if (result < 0) {
            throw new NetlinkException(operation, -result);
        }
        return result;
    }
}
