package io.keepflow.node.netlink;

import io.keepflow.node.netlink.EbpfProgram.Label;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * The messages of a netlink socket in memory that the kernel shares with this process ({@code BPF_MAP_TYPE_RINGBUF}): a socket filter
 * copies each into the ring and drops it, so that reading it takes no system call. What the ring has no room for goes the ordinary
 * way, into the socket's queue, and so does everything behind it, in its order, until the ring is told to take over again.
 *
 * <p>The kernel writes a record of 8 bytes of its own, the length of the message in 8 bytes, and the message. Used by one thread.
 */
final class EventRing implements Datagrams {
    /** The sizes that the filter asks the ring for: the verifier wants constants. Most events of IPv4, of IPv6, and any. */
    private static final int[] RECORD_BYTES = {248, 504, 4088};

    private static final int RECORD_HEADER_BYTES = 8;
    private static final int LENGTH_BYTES = 8;
    private static final int DATAGRAMS_PER_FILL = 64;

    /** No message takes less of the ring. */
    static final int LEAST_RECORD_BYTES = RECORD_HEADER_BYTES + RECORD_BYTES[0];

    /** {@code BPF_RINGBUF_BUSY_BIT} and {@code BPF_RINGBUF_DISCARD_BIT} of the first word of a record. */
    private static final int BUSY = 1 << 31;

    private static final int DISCARDED = 1 << 30;

    /** Of the words that the filter and this class share: whether messages go the ordinary way, and whether nobody is to be woken. */
    private static final int SPILLS = 0;

    private static final int QUIET = 4;

    /** {@code BPF_RB_NO_WAKEUP}: what the filter finds in {@link #QUIET} it hands to the kernel as it is. */
    private static final int NO_WAKE_UP = 1;

    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();
    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();

    private final FileDescriptor ring;
    private final MemorySegment consumer;
    private final MemorySegment producer;
    private final MemorySegment shared;
    private final long dataOffset;
    private final long mask;
    private final long[] offsets = new long[DATAGRAMS_PER_FILL];
    private final int[] lengths = new int[DATAGRAMS_PER_FILL];
    private int size;
    private long consumed;
    private long next;

    private EventRing(int ring, int bytes, MemorySegment consumer, MemorySegment producer, MemorySegment shared) {
        this.ring = new FileDescriptor(ring);
        this.consumer = consumer;
        this.producer = producer;
        this.shared = shared;
        this.dataOffset = producer.byteSize() - 2L * bytes;
        this.mask = bytes - 1L;
    }

    /**
     * Makes a ring and has the socket's messages go there.
     *
     * @param bytes a power of two of whole pages; an event takes 256 or, seldom, 512
     * @param ignoredPortIds what these sockets cause is dropped
     * @throws NetlinkException the kernel has none, or the process may not: it takes {@code CAP_BPF}
     */
    static EventRing attach(NetlinkSocket socket, int bytes, int[] ignoredPortIds) throws NetlinkException {
        int page = Libc.pageBytes();
        int ring = -1;
        int value = -1;
        int filter = -1;
        try {
            ring = Bpf.ring(bytes);
            value = Bpf.value(2 * Integer.BYTES);
            filter = Bpf.socketFilter(filter(ring, value, ignoredPortIds));
            EventRing made = new EventRing(
                    ring,
                    bytes,
                    socket.map(ring, 0, page, true),
                    socket.map(ring, page, page + 2L * bytes, false),
                    socket.map(value, 0, page, true));
            socket.attach(filter);
            ring = -1;
            return made;
        } finally {
            // The socket holds the filter, which holds the maps.
            socket.closeOther(filter);
            socket.closeOther(value);
            socket.closeOther(ring);
        }
    }

    private static EbpfProgram filter(int ring, int value, int[] ignoredPortIds) {
        EbpfProgram bpf = new EbpfProgram();
        Label drop = new Label();
        Label pass = new Label();
        Label spill = new Label();
        Label[] larger = {new Label(), new Label()};
        int context = 6;
        int length = 7;
        int record = 8;
        int words = 9;
        bpf.copy(context, 1);
        bpf.loadPacketWord(Netlink.NLMSG_PID);
        for (int portId : ignoredPortIds) {
            bpf.jumpIfWordEquals(0, EventFilter.asLoaded(portId), drop);
        }
        bpf.loadWord(length, context, 0);
        bpf.loadArray(words, value);
        bpf.loadWord(1, words, SPILLS);
        bpf.jumpUnlessEqual(1, 0, pass);
        bpf.jumpIfBelow(length, Netlink.NLMSG_HDRLEN, drop);
        bpf.jumpIfAbove(length, RECORD_BYTES[2] - LENGTH_BYTES, spill);
        bpf.jumpIfAbove(length, RECORD_BYTES[1] - LENGTH_BYTES, larger[1]);
        bpf.jumpIfAbove(length, RECORD_BYTES[0] - LENGTH_BYTES, larger[0]);
        for (int i = 0; i < RECORD_BYTES.length; i++) {
            if (i > 0) {
                bpf.place(larger[i - 1]);
            }
            bpf.loadMap(1, ring);
            bpf.set(2, RECORD_BYTES[i]);
            bpf.set(3, 0);
            bpf.call(Bpf.FUNC_RINGBUF_RESERVE);
            bpf.jumpIfEqual(0, 0, spill);
            bpf.copy(record, 0);
            bpf.storeWord(record, 0, length);
            bpf.copy(1, context);
            bpf.set(2, 0);
            bpf.copy(3, record);
            bpf.add(3, LENGTH_BYTES);
            bpf.copy(4, length);
            bpf.call(Bpf.FUNC_SKB_LOAD_BYTES);
            bpf.copy(1, record);
            // A barrier between the reservation and this look: see wakes().
            bpf.set(2, 0);
            bpf.fetchOr(words, QUIET, 2);
            bpf.call(Bpf.FUNC_RINGBUF_SUBMIT);
            bpf.jump(drop);
        }
        bpf.place(spill);
        bpf.storeConstant(words, SPILLS, 1);
        bpf.place(pass);
        bpf.set(0, Integer.MAX_VALUE);
        bpf.exit();
        bpf.place(drop);
        bpf.set(0, 0);
        bpf.exit();
        return bpf;
    }

    /** What epoll waits for: readable, once, when a message has come into a ring that was empty. */
    FileDescriptor descriptor() {
        return ring;
    }

    /** Puts up to {@value #DATAGRAMS_PER_FILL} messages into view; returns how many. They stay until {@link #release}. */
    int fill() {
        size = 0;
        long produced = (long) LONG.getVolatile(producer, 0L);
        long at = consumed;
        while (at < produced && size < DATAGRAMS_PER_FILL) {
            long record = dataOffset + (at & mask);
            int header = (int) INT.getAcquire(producer, record);
            if ((header & BUSY) != 0) {
                break;
            }
            if ((header & DISCARDED) == 0) {
                lengths[size] = producer.get(ValueLayout.JAVA_INT, record + RECORD_HEADER_BYTES);
                offsets[size++] = record + RECORD_HEADER_BYTES + LENGTH_BYTES;
            }
            at += RECORD_HEADER_BYTES + ((header & ~DISCARDED) + 7 & ~7);
        }
        next = at;
        return size;
    }

    /**
     * The kernel may write where the messages in view were. It wakes up the reader for a record only if it sees all before it
     * released; so this is visible before the next {@link #fill} looks whether there is one.
     */
    void release() {
        size = 0;
        consumed = next;
        LONG.setVolatile(consumer, 0L, consumed);
    }

    /** Whether the kernel has put nothing into the ring that is not released, not even in part. */
    boolean isEmpty() {
        return (long) LONG.getVolatile(producer, 0L) == consumed;
    }

    /**
     * Whether the next message is to wake up the thread that waits for it. After it was switched on, whoever has to be woken asks
     * {@link #isEmpty}: the filter reserves its record before it looks at the switch, so it has seen the one or this sees the other.
     */
    void wakes(boolean on) {
        INT.setVolatile(shared, (long) QUIET, on ? 0 : NO_WAKE_UP);
    }

    /** Whether messages go into the socket's queue. */
    boolean isSpilling() {
        return (int) INT.getAcquire(shared, (long) SPILLS) != 0;
    }

    /** What comes from now on goes into the ring. What goes on at this moment may still come into the queue. */
    void endSpill() {
        INT.setVolatile(shared, (long) SPILLS, 0);
    }

    int bytes() {
        return (int) mask + 1;
    }

    void close() throws IOException {
        ring.close();
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public MemorySegment memory() {
        return producer;
    }

    @Override
    public long offset(int index) {
        return offsets[index];
    }

    @Override
    public int length(int index) {
        return lengths[index];
    }

    /** Messages that are longer do not come into the ring. */
    @Override
    public boolean isTruncated(int index) {
        return false;
    }

    /** Not known: what a process with CAP_NET_ADMIN sends to the group looks like the kernel's. */
    @Override
    public int senderPortId(int index) {
        return 0;
    }

    @Override
    public int datagramBytes() {
        return RECORD_BYTES[RECORD_BYTES.length - 1] - LENGTH_BYTES;
    }
}
