package io.keepflow.node;

import io.keepflow.node.netlink.NetlinkException;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the kernel tell of new entries, but while a node that has stood down puts a snapshot into it: where nobody listens, no event
 * is built, and an entry takes little more than half of the time. Such a node forwards nothing, so only its own requests should make
 * entries; an audit finds what else did when it listens again. Of changes and ends it always hears.
 */
final class NewEntryEvents {
    /** The subscription. */
    interface Subscription {
        void hearNew(boolean wanted) throws NetlinkException;
    }

    /** With less to inject, a snapshot that has ended is as good as in the kernel. */
    private static final int FEW_FLOWS = 2048;

    private static final Logger LOG = LoggerFactory.getLogger(NewEntryEvents.class);

    private final Subscription subscription;
    private final BooleanSupplier hasStoodDown;
    private final BooleanSupplier takesInSnapshot;
    private final IntSupplier flowsToInject;
    private final Runnable audit;
    private final Faults faults;
    private boolean heard = true;
    private long failures;

    /**
     * All that is given is called from {@link #step}.
     *
     * @param audit compares the table with the kernel
     */
    NewEntryEvents(
            Subscription subscription,
            BooleanSupplier hasStoodDown,
            BooleanSupplier takesInSnapshot,
            IntSupplier flowsToInject,
            Runnable audit,
            Faults faults) {
        this.subscription = subscription;
        this.hasStoodDown = hasStoodDown;
        this.takesInSnapshot = takesInSnapshot;
        this.flowsToInject = flowsToInject;
        this.audit = audit;
        this.faults = faults;
    }

    /** Subscribes or ends that, where it is due: in each tick, and at each change of the role before the node is told of it. */
    void step() {
        boolean wanted = !hasStoodDown.getAsBoolean() || !isFilling();
        if (wanted == heard) {
            return;
        }
        try {
            subscription.hearNew(wanted);
        } catch (NetlinkException e) {
            failed(e);
            return;
        }
        heard = wanted;
        if (heard) {
            audit.run();
        }
    }

    private void failed(NetlinkException e) {
        String text = "cannot change the subscription to new entries, trying again: " + e.getMessage();
        faults.record(text);
        if (failures++ == 0) {
            LOG.warn("{}", text);
        }
    }

    private boolean isFilling() {
        return takesInSnapshot.getAsBoolean() || (!heard && flowsToInject.getAsInt() > FEW_FLOWS);
    }
}
