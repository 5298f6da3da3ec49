package io.keepflow.node.cluster;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jgroups.Message;
import org.jgroups.protocols.UNICAST3;
import org.jgroups.stack.Protocol;
import org.jgroups.util.MessageBatch;

/**
 * The place in the stack below the reliable protocols that has them look for losses, but only while there may be any: their own
 * timers also run, and cost as much, when nothing is sent. What is known to be missing is asked for every {@value #MISSING_MS} ms;
 * of a last message that got lost nobody knows, so its sender tells its number some times, {@value #SENT_MS} ms apart.
 */
final class JGroupsLinkRetransmission extends Protocol {
    /** Of a message whose loss the next one tells. In JGroups it has to do with flow control, which this stack does without. */
    static final Message.TransientFlag FOLLOWED = Message.TransientFlag.DONT_BLOCK;

    private static final int MISSING_MS = 20;
    private static final int SENT_MS = 100;

    private final JGroupsLinkMulticast multicast;
    private final UNICAST3 unicast;
    private final Runs afterSending;
    private final Runs whileMissing;

    /** {@code repeats} as often a sender at rest tells its last sequence number. */
    JGroupsLinkRetransmission(JGroupsLinkMulticast multicast, UNICAST3 unicast, int repeats) {
        this.multicast = multicast;
        this.unicast = unicast;
        // The first run after a message only notes that there was one; and what is missing, the second asks for.
        this.afterSending = new Runs(SENT_MS, repeats + 1, multicast::triggerXmit, () -> false);
        this.whileMissing = new Runs(MISSING_MS, 2, this::lookForAll, this::isAnyMissing);
    }

    @Override
    public Object down(Message message) {
        Object result = down_prot.down(message);
        if (message.getDest() != null) {
            whileMissing.arm();
        } else if (message.getLength() > 0 && !message.isFlagSet(FOLLOWED)) {
            // Repeats of a sequence number are empty: nobody misses them.
            afterSending.arm();
        }
        return result;
    }

    @Override
    public Object up(Message message) {
        Object result = up_prot.up(message);
        received(message.getDest() != null);
        return result;
    }

    @Override
    public void up(MessageBatch batch) {
        up_prot.up(batch);
        received(batch.dest() != null);
    }

    /** A unicast is acknowledged by the next run. */
    private void received(boolean isUnicast) {
        if (isUnicast || isMissing()) {
            whileMissing.arm();
        }
    }

    private void lookForAll() {
        multicast.triggerXmit();
        unicast.triggerXmit();
    }

    private boolean isAnyMissing() {
        return isMissing() || unicast.getNumUnackedMessages() > 0;
    }

    private boolean isMissing() {
        return multicast.isAnyMissing();
    }

    /** A row of runs on the timer's thread, where the protocols' own would be; armed anew, it begins anew. */
    private final class Runs {
        private final int intervalMs;
        private final int count;
        private final Runnable look;
        private final BooleanSupplier goesOn;
        private final AtomicBoolean scheduled = new AtomicBoolean();
        private final AtomicInteger left = new AtomicInteger();

        /** So many, and on while {@code goesOn}. */
        Runs(int intervalMs, int count, Runnable look, BooleanSupplier goesOn) {
            this.intervalMs = intervalMs;
            this.count = count;
            this.look = look;
            this.goesOn = goesOn;
        }

        void arm() {
            left.set(count);
            scheduleOnce();
        }

        private void scheduleOnce() {
            if (!scheduled.get() && scheduled.compareAndSet(false, true)) {
                schedule();
            }
        }

        private void schedule() {
            var _ = getTransport().getTimer().schedule(this::run, intervalMs, TimeUnit.MILLISECONDS, false);
        }

        private void run() {
            int after = left.decrementAndGet();
            try {
                look.run();
            } finally {
                if (after > 0 || goesOn.getAsBoolean()) {
                    schedule();
                } else {
                    scheduled.set(false);
                    if (left.get() > 0) {
                        scheduleOnce();
                    }
                }
            }
        }
    }
}
