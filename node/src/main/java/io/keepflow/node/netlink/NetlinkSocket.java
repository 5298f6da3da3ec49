package io.keepflow.node.netlink;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A non-blocking {@code NETLINK_NETFILTER} socket in the network namespace of the thread that opened it. All its native memory
 * lives in one arena that ends with it. Used by one thread at a time.
 */
final class NetlinkSocket implements AutoCloseable {
    private static final int SOCKADDR_NL_SIZE = 12;
    private static final long SOCKADDR_NL_PID = 4;

    private final Arena arena;
    private final MemorySegment state;
    private final MemorySegment scratch;
    private final int fd;
    private final int portId;
    private boolean closed;

    private NetlinkSocket(Arena arena, int fd, MemorySegment state, MemorySegment scratch) throws NetlinkException {
        this.arena = arena;
        this.fd = fd;
        this.state = state;
        this.scratch = scratch;
        bind();
        this.portId = scratch.get(ValueLayout.JAVA_INT, SOCKADDR_NL_PID);
    }

    static NetlinkSocket open() throws NetlinkException {
        Arena arena = Arena.ofShared();
        int fd = -1;
        MemorySegment state = arena.allocate(Libc.CALL_STATE);
        try {
            int type = Netlink.SOCK_RAW | Netlink.SOCK_NONBLOCK | Netlink.SOCK_CLOEXEC;
            fd = check("socket(AF_NETLINK)", Libc.socket(state, Netlink.AF_NETLINK, type, Netlink.NETLINK_NETFILTER));
            return new NetlinkSocket(arena, fd, state, arena.allocate(32, 8));
        } catch (NetlinkException e) {
            if (fd >= 0) {
                Libc.close(state, fd);
            }
            arena.close();
            throw e;
        }
    }

    int fd() {
        return fd;
    }

    /** The address that the kernel gave this socket: {@code nlmsg_pid} of what it causes. */
    int portId() {
        return portId;
    }

    DatagramBatch newBatch(int capacity, int datagramBytes) {
        return new DatagramBatch(arena, capacity, datagramBytes);
    }

    MemorySegment allocate(long bytes) {
        return arena.allocate(bytes, 8);
    }

    /** Fills {@code batch}; returns the number of datagrams, or {@code -errno} ({@code -EAGAIN} when there is none). */
    int receive(DatagramBatch batch) {
        int received = Libc.recvmmsg(state, fd, batch.vectorAddress(), batch.capacity(), Netlink.MSG_DONTWAIT);
        batch.size(Math.max(received, 0));
        return received;
    }

    /** Sends one datagram to the kernel; returns the bytes sent or {@code -errno}. */
    int send(MemorySegment memory, long length) {
        return Libc.send(state, fd, memory.address(), length, Netlink.MSG_DONTWAIT);
    }

    /** Asks for a receive buffer beyond {@code net.core.rmem_max}, or as much of it as an unprivileged process gets. */
    void receiveBuffer(int bytes) throws NetlinkException {
        scratch.set(ValueLayout.JAVA_INT, 0, bytes);
        if (Libc.setsockopt(state, fd, Netlink.SOL_SOCKET, Netlink.SO_RCVBUFFORCE, scratch.address(), 4) < 0) {
            option("SO_RCVBUF", Netlink.SOL_SOCKET, Netlink.SO_RCVBUF, bytes);
        }
    }

    /** What the kernel granted: it doubles what was asked for, to account for its own overhead. */
    int receiveBuffer() throws NetlinkException {
        scratch.set(ValueLayout.JAVA_INT, 4, 4);
        check(
                "getsockopt(SO_RCVBUF)",
                Libc.getsockopt(
                        state, fd, Netlink.SOL_SOCKET, Netlink.SO_RCVBUF, scratch.address(), scratch.address() + 4));
        return scratch.get(ValueLayout.JAVA_INT, 0);
    }

    void join(int group) throws NetlinkException {
        option("NETLINK_ADD_MEMBERSHIP " + group, Netlink.SOL_NETLINK, Netlink.NETLINK_ADD_MEMBERSHIP, group);
    }

    void leave(int group) throws NetlinkException {
        option("NETLINK_DROP_MEMBERSHIP " + group, Netlink.SOL_NETLINK, Netlink.NETLINK_DROP_MEMBERSHIP, group);
    }

    /** Errors with the kernel's own words, and without an echo of the whole request. */
    void extendedAcknowledgements() throws NetlinkException {
        option("NETLINK_EXT_ACK", Netlink.SOL_NETLINK, Netlink.NETLINK_EXT_ACK, 1);
        option("NETLINK_CAP_ACK", Netlink.SOL_NETLINK, Netlink.NETLINK_CAP_ACK, 1);
    }

    /** From now on the kernel drops what the program drops. */
    void attach(BpfProgram filter) throws NetlinkException {
        try (Arena filterArena = Arena.ofConfined()) {
            MemorySegment program = filter.assemble(filterArena);
            check(
                    "setsockopt(SO_ATTACH_FILTER)",
                    Libc.setsockopt(state, fd, Netlink.SOL_SOCKET, Netlink.SO_ATTACH_FILTER, program.address(), (int)
                            program.byteSize()));
        }
    }

    /** From now on the eBPF program decides, instead of another. */
    void attach(int filter) throws NetlinkException {
        option("SO_ATTACH_BPF", Netlink.SOL_SOCKET, Netlink.SO_ATTACH_BPF, filter);
    }

    /** Maps a file that has to do with this socket, for as long as the socket's memory lives. */
    MemorySegment map(int other, long offset, long bytes, boolean writable) throws NetlinkException {
        int protection = writable ? Netlink.PROT_READ | Netlink.PROT_WRITE : Netlink.PROT_READ;
        long address = Libc.mmap(state, bytes, protection, other, offset);
        if (address < 0) {
            throw new NetlinkException("mmap", (int) -address);
        }
        return MemorySegment.ofAddress(address).reinterpret(bytes, arena, mapped -> unmap(mapped.address(), bytes));
    }

    private static void unmap(long address, long bytes) {
        try (Arena call = Arena.ofConfined()) {
            Libc.munmap(call.allocate(Libc.CALL_STATE), address, bytes);
        }
    }

    /** Closes a descriptor, if there is one. */
    void closeOther(int other) {
        if (other >= 0) {
            Libc.close(state, other);
        }
    }

    /** Frees the memory only, for an owner that closes the descriptor by itself. */
    void free() {
        if (!closed) {
            closed = true;
            arena.close();
        }
    }

    @Override
    public void close() {
        if (!closed) {
            Libc.close(state, fd);
            free();
        }
    }

    private void bind() throws NetlinkException {
        scratch.fill((byte) 0);
        scratch.set(ValueLayout.JAVA_SHORT, 0, (short) Netlink.AF_NETLINK);
        check("bind", Libc.bind(state, fd, scratch.address(), SOCKADDR_NL_SIZE));
        scratch.set(ValueLayout.JAVA_INT, 16, SOCKADDR_NL_SIZE);
        check("getsockname", Libc.getsockname(state, fd, scratch.address(), scratch.address() + 16));
    }

    private void option(String name, int level, int option, int value) throws NetlinkException {
        scratch.set(ValueLayout.JAVA_INT, 0, value);
        check("setsockopt(" + name + ")", Libc.setsockopt(state, fd, level, option, scratch.address(), 4));
    }

    private static int check(String operation, int result) throws NetlinkException {
        if (result < 0) {
            throw new NetlinkException(operation, -result);
        }
        return result;
    }
}
