package io.keepflow.node.cluster;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jgroups.Message;
import org.jgroups.protocols.UNICAST3;
import org.jgroups.protocols.pbcast.NAKACK2;
import org.jgroups.stack.Protocol;
import org.jgroups.util.MessageBatch;

/**
 * The place in the stack below the reliable protocols that has them look for losses every {@value #INTERVAL_MS} ms, but only while
 * there may be any: theirs are timers that also run, and cost as much, when nothing is sent.
 */
final class JGroupsLinkRetransmission extends Protocol {
    private static final int INTERVAL_MS = 20;

    private final NAKACK2 multicast;
    private final UNICAST3 unicast;
    private final int runsAfterSending;
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private final AtomicInteger runsLeft = new AtomicInteger();

    /** {@code repeats} as often a sender at rest tells its last sequence number. */
    JGroupsLinkRetransmission(NAKACK2 multicast, UNICAST3 unicast, int repeats) {
        this.multicast = multicast;
        this.unicast = unicast;
        // The first run after a message only notes that there was one.
        this.runsAfterSending = repeats + 1;
    }

    @Override
    public Object down(Message message) {
        Object result = down_prot.down(message);
        if (isNews(message)) {
            arm();
        }
        return result;
    }

    @Override
    public Object up(Message message) {
        Object result = up_prot.up(message);
        if (message.getDest() != null || isMissing()) {
            arm();
        }
        return result;
    }

    @Override
    public void up(MessageBatch batch) {
        up_prot.up(batch);
        if (batch.dest() != null || isMissing()) {
            arm();
        }
    }

    /** Repeats of a sequence number and acknowledgements are empty: nobody misses them. */
    private static boolean isNews(Message message) {
        return message.getLength() > 0;
    }

    private boolean isMissing() {
        return multicast.getXmitTableMissingMessages() > 0;
    }

    private void arm() {
        runsLeft.set(runsAfterSending);
        scheduleOnce();
    }

    private void scheduleOnce() {
        if (!scheduled.get() && scheduled.compareAndSet(false, true)) {
            schedule();
        }
    }

    private void schedule() {
        // Like the protocols' own: on the timer's thread.
        var _ = getTransport().getTimer().schedule(this::run, INTERVAL_MS, TimeUnit.MILLISECONDS, false);
    }

    private void run() {
        int left = runsLeft.decrementAndGet();
        try {
            multicast.triggerXmit();
            unicast.triggerXmit();
        } finally {
            if (left > 0 || isMissing() || unicast.getNumUnackedMessages() > 0) {
                schedule();
            } else {
                scheduled.set(false);
                if (runsLeft.get() > 0) {
                    scheduleOnce();
                }
            }
        }
    }
}
