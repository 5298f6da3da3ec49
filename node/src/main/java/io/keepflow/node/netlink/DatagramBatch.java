package io.keepflow.node.netlink;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The buffers of one {@code recvmmsg}: up to {@link #capacity()} datagrams side by side in one segment, and a view of what the
 * last call put there. Allocated once, reused for ever.
 */
final class DatagramBatch implements Datagrams {
    /** {@code struct mmsghdr} on 64-bit Linux: {@code msghdr} (56 bytes), then {@code msg_len}. */
    private static final long MMSGHDR_SIZE = 64;

    private static final long MSG_NAME = 0;
    private static final long MSG_NAMELEN = 8;
    private static final long MSG_IOV = 16;
    private static final long MSG_IOVLEN = 24;
    private static final long MSG_FLAGS = 48;
    private static final long MSG_LEN = 56;
    private static final long IOVEC_SIZE = 16;
    private static final int SOCKADDR_NL_SIZE = 12;
    private static final long SOCKADDR_NL_PID = 4;

    /** Keeps neighbouring datagrams off the same cache sets, which a power of two would not. */
    private static final long STAGGER_BYTES = 320;

    private final int capacity;
    private final int datagramBytes;
    private final MemorySegment headers;
    private final MemorySegment names;
    private final MemorySegment datagrams;
    private int size;

    DatagramBatch(Arena arena, int capacity, int datagramBytes) {
        this.capacity = capacity;
        this.datagramBytes = datagramBytes;
        this.headers = arena.allocate(MMSGHDR_SIZE * capacity, 8);
        this.names = arena.allocate((long) SOCKADDR_NL_SIZE * capacity, 4);
        this.datagrams = arena.allocate(stride() * capacity, 64);
        MemorySegment vectors = arena.allocate(IOVEC_SIZE * capacity, 8);
        for (int i = 0; i < capacity; i++) {
            long header = MMSGHDR_SIZE * i;
            long vector = IOVEC_SIZE * i;
            vectors.set(ValueLayout.JAVA_LONG, vector, datagrams.address() + offset(i));
            vectors.set(ValueLayout.JAVA_LONG, vector + 8, datagramBytes);
            headers.set(ValueLayout.JAVA_LONG, header + MSG_NAME, names.address() + (long) SOCKADDR_NL_SIZE * i);
            headers.set(ValueLayout.JAVA_INT, header + MSG_NAMELEN, SOCKADDR_NL_SIZE);
            headers.set(ValueLayout.JAVA_LONG, header + MSG_IOV, vectors.address() + vector);
            headers.set(ValueLayout.JAVA_LONG, header + MSG_IOVLEN, 1);
        }
    }

    int capacity() {
        return capacity;
    }

    /** Datagrams that the last {@code recvmmsg} returned. */
    @Override
    public int size() {
        return size;
    }

    void size(int datagramsReceived) {
        size = datagramsReceived;
    }

    @Override
    public MemorySegment memory() {
        return datagrams;
    }

    @Override
    public long offset(int index) {
        return stride() * index;
    }

    @Override
    public int length(int index) {
        return headers.get(ValueLayout.JAVA_INT, MMSGHDR_SIZE * index + MSG_LEN);
    }

    @Override
    public boolean isTruncated(int index) {
        return (headers.get(ValueLayout.JAVA_INT, MMSGHDR_SIZE * index + MSG_FLAGS) & Netlink.MSG_TRUNC) != 0;
    }

    @Override
    public int senderPortId(int index) {
        return names.get(ValueLayout.JAVA_INT, (long) SOCKADDR_NL_SIZE * index + SOCKADDR_NL_PID);
    }

    @Override
    public int datagramBytes() {
        return datagramBytes;
    }

    /** Address of the {@code mmsghdr} array. */
    long vectorAddress() {
        return headers.address();
    }

    private long stride() {
        return datagramBytes + STAGGER_BYTES;
    }
}
