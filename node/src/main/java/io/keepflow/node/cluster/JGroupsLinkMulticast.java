package io.keepflow.node.cluster;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.locks.Lock;
import java.util.function.Predicate;
import org.jgroups.Address;
import org.jgroups.BytesMessage;
import org.jgroups.Message;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.protocols.NAKACK3;
import org.jgroups.protocols.NakAckHeader;
import org.jgroups.protocols.ReliableMulticast;
import org.jgroups.util.Buffer;
import org.jgroups.util.DynamicBuffer;

/**
 * JGroups' NAKACK3, which allocates nothing for a broadcast: a message that all members have is used again, with its payload and its
 * header, for a later one. Until then it is kept, as JGroups does, for whoever misses it.
 */
class JGroupsLinkMulticast extends ReliableMulticast {
    /** The protocol's number in JGroups, by which a message has its header. */
    static final short ID = ClassConfigurator.getProtocolId(NAKACK3.class);

    private static final int WINDOW_ROWS = 8;
    private static final int MESSAGES_PER_ROW = 1024;
    private static final int MAX_DELIVERED_AT_ONCE = 256;

    /** Half as many were not always enough at 66,000 events a second. Beyond them a message is used once. */
    private static final int MAX_KEPT = 8192;

    private final int maxPayload;

    /** To be used again, in the order of sending. */
    private final Deque<Broadcast> kept = new ArrayDeque<>();

    /** {@code maxPayload} bytes are the most that a broadcast has. */
    JGroupsLinkMulticast(int maxPayload) {
        this.maxPayload = maxPayload;
        setId(ID);
        max_batch_size = MAX_DELIVERED_AT_ONCE;
    }

    @Override
    protected Buffer<Message> createXmitWindow(long initialSeqno) {
        return new Window<>(initialSeqno);
    }

    /** A message to all other members with a copy of these bytes and these {@link Message.TransientFlag}s, to be sent at once. */
    synchronized Message broadcast(byte[] payload, int offset, int length, short flags) {
        Broadcast first = kept.peekFirst();
        Broadcast message = first != null && isConfirmed(first) ? kept.removeFirst() : new Broadcast(maxPayload);
        return message.fill(payload, offset, length, flags);
    }

    /** Whether a message of anybody is known to be missing. JGroups' own count is a stream of all that it has. */
    boolean isAnyMissing() {
        for (Address sender : xmit_table.keySet()) {
            Buffer<Message> window = getBuf(sender);
            if (window != null && window.numMissing() > 0) {
                return true;
            }
        }
        return false;
    }

    private boolean isConfirmed(Broadcast message) {
        Buffer<Message> window = sendBuf();
        if (window == null) {
            return false;
        }
        Lock lock = window.lock();
        lock.lock();
        try {
            return message.number.getSeqno() <= window.low();
        } finally {
            lock.unlock();
        }
    }

    @Override
    protected boolean send(Message message, Buffer<Message> window, boolean isNotForSelf) {
        if (!(message instanceof Broadcast broadcast)) {
            return super.send(message, window, isNotForSelf);
        }
        broadcast.number.set(seqno.incrementAndGet());
        broadcast.putHeader(id, broadcast.number);
        if (!addToSendBuffer(window, broadcast.number.getSeqno(), broadcast, isNotForSelf ? remove_filter : null)) {
            return false;
        }
        keep(broadcast);
        down_prot.down(broadcast);
        return true;
    }

    /** What JGroups has not taken, as before it is connected, is not used again: nobody will confirm it. */
    private synchronized void keep(Broadcast sent) {
        if (kept.size() < MAX_KEPT) {
            kept.addLast(sent);
        }
    }

    /** Whoever asks for a message that has become another one meanwhile has it. */
    @Override
    protected void sendXmitRsp(Address destination, Message message) {
        if (!(message instanceof Broadcast broadcast)) {
            super.sendXmitRsp(destination, message);
            return;
        }
        Buffer<Message> window = sendBuf();
        Lock lock = window.lock();
        lock.lock();
        try {
            if (window.get(broadcast.number.getSeqno()) == broadcast) {
                super.sendXmitRsp(destination, broadcast);
            }
        } finally {
            lock.unlock();
        }
    }

    private static final class Broadcast extends BytesMessage {
        final Sequence number = new Sequence();
        private final byte[] bytes;

        Broadcast(int maxPayload) {
            super(null);
            bytes = new byte[maxPayload];
        }

        Message fill(byte[] payload, int offset, int length, short flags) {
            number.set(Sequence.NOT_SENT);
            System.arraycopy(payload, offset, bytes, 0, length);
            setArray(bytes, 0, length);
            return setFlag(flags, true, false);
        }
    }

    private static final class Sequence extends NakAckHeader {
        static final long NOT_SENT = Long.MAX_VALUE;

        Sequence() {
            type = MSG;
        }

        void set(long number) {
            seqno = number;
        }
    }

    /** JGroups' buffer, which uses its rows again. */
    private static final class Window<T> extends DynamicBuffer<T> {
        private final Deque<T[]> spareRows = new ArrayDeque<>(WINDOW_ROWS);

        Window(long initialSeqno) {
            super(WINDOW_ROWS, MESSAGES_PER_ROW, initialSeqno);
        }

        @Override
        public boolean add(long seqno, T element, Predicate<T> isDelivered, boolean waits) {
            lock.lock();
            try {
                if (!super.add(seqno, element, null, waits)) {
                    return false;
                }
                if (isDelivered != null) {
                    deliverAll(isDelivered);
                }
                return true;
            } finally {
                lock.unlock();
            }
        }

        /** As the superclass does, which makes an object of it. */
        private void deliverAll(Predicate<T> isDelivered) {
            while (hd < high) {
                T next = get(hd + 1);
                if (next == null || !isDelivered.test(next)) {
                    return;
                }
                hd++;
                size = Math.max(size - 1, 0);
            }
        }

        @Override
        public int purge(long seqno, boolean force) {
            lock.lock();
            try {
                int end = computeRow(Math.min(seqno, force ? high : hd));
                for (int i = Math.max(computeRow(low), 0); i < end; i++) {
                    if (matrix[i] != null && spareRows.size() < WINDOW_ROWS) {
                        spareRows.add(matrix[i]);
                    }
                }
                return super.purge(seqno, force);
            } finally {
                lock.unlock();
            }
        }

        @Override
        protected T[] getRow(int index) {
            T[] spare = matrix[index] == null ? spareRows.poll() : null;
            if (spare != null) {
                Arrays.fill(spare, null);
                matrix[index] = spare;
            }
            return super.getRow(index);
        }
    }
}
