package io.keepflow.node.cluster;

import io.keepflow.protocol.FrameReader;
import io.keepflow.protocol.MalformedFrameException;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where the threads of the link hand over to the node's thread: bounded in bytes; what does not fit is counted and resynced. */
final class Inbox implements Link.Listener {
    private static final long MAX_BYTES = 64L << 20;
    private static final int ITEMS_PER_TURN = 256;
    private static final Logger LOG = LoggerFactory.getLogger(Inbox.class);

    /** What the node's thread does with it. */
    interface Receiver extends FrameReader.Handler {
        /** Whose frame comes next. */
        void onFrame(MemberId sender);

        void onView(List<MemberId> members);
    }

    /** What came: a frame, or a view. */
    private sealed interface Item {}

    private static final class ReceivedFrame implements Item {
        final MemberId sender;
        final byte[] bytes;

        ReceivedFrame(MemberId sender, byte[] bytes) {
            this.sender = sender;
            this.bytes = bytes;
        }
    }

    private record NewView(List<MemberId> members) implements Item {}

    private final Queue<Item> items = new ConcurrentLinkedQueue<>();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private final Executor nodeThread;
    private final Receiver receiver;
    private final ClusterCounts counts;
    private final FrameReader reader = new FrameReader();

    Inbox(Executor nodeThread, Receiver receiver, ClusterCounts counts) {
        this.nodeThread = nodeThread;
        this.receiver = receiver;
        this.counts = counts;
    }

    @Override
    public void onMessage(MemberId sender, byte[] payload, int offset, int length) {
        if (bytes.addAndGet(length) > MAX_BYTES) {
            bytes.addAndGet(-length);
            counts.overflowedFrames.increment();
            return;
        }
        put(new ReceivedFrame(sender, Arrays.copyOfRange(payload, offset, offset + length)));
    }

    @Override
    public void onView(List<MemberId> members) {
        put(new NewView(members));
    }

    /** What waits for the node's thread. */
    long bytes() {
        return bytes.get();
    }

    private void put(Item item) {
        items.add(item);
        if (scheduled.compareAndSet(false, true)) {
            nodeThread.execute(this::handle);
        }
    }

    private void handle() {
        scheduled.set(false);
        int handled = 0;
        for (Item item = items.poll(); item != null; item = items.poll()) {
            handleSafely(item);
            if (++handled == ITEMS_PER_TURN) {
                break;
            }
        }
        if (!items.isEmpty() && scheduled.compareAndSet(false, true)) {
            nodeThread.execute(this::handle);
        }
    }

    /** What one item breaks must not keep the others from being handled. */
    private void handleSafely(Item item) {
        try {
            handle(item);
        } catch (RuntimeException e) {
            counts.failedFrames.increment();
            if (counts.failedFrames.sum() == 1) {
                LOG.error("a frame or view was not taken in; further ones are only counted", e);
            }
        }
    }

    private void handle(Item item) {
        switch (item) {
            case NewView view -> receiver.onView(view.members());
            case ReceivedFrame frame -> handle(frame);
        }
    }

    private void handle(ReceivedFrame frame) {
        bytes.addAndGet(-frame.bytes.length);
        counts.framesReceived.increment();
        receiver.onFrame(frame.sender);
        try {
            reader.read(frame.bytes, 0, frame.bytes.length, receiver);
        } catch (MalformedFrameException e) {
            counts.malformedFrames.increment();
            LOG.debug("frame of {}: {}", frame.sender, e.getMessage());
        }
    }
}
