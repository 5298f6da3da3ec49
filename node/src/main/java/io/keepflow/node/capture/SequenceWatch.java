package io.keepflow.node.capture;

import io.keepflow.node.netlink.EventType;
import io.keepflow.node.netlink.FlowLookup;
import io.keepflow.node.netlink.NetlinkException;
import io.keepflow.node.table.FlowTable;
import io.keepflow.protocol.Expectation;
import io.keepflow.protocol.Flow;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the kernel about this node's own connections that a helper may rewrite: it shifts their sequence numbers, and of that there is
 * no event. A round over them takes {@value #STEPS_PER_ROUND} steps, or longer if there are many. What a helper rewrites makes it expect
 * a connection in most cases: such a master is asked about at once, and again in the next step, for the kernel tells of the
 * expectation first.
 */
public final class SequenceWatch {
    private static final int STEPS_PER_ROUND = 2;

    /** Records looked at, and questions asked (some 3 us each), in one step. */
    private static final int MAX_RECORDS = 1 << 16;

    private static final int MAX_QUESTIONS = 256;

    /** More masters than these at a time wait for the round. */
    private static final int MAX_MASTERS = 1024;

    private static final Logger LOG = LoggerFactory.getLogger(SequenceWatch.class);

    private final FlowTable table;
    private final FlowLookup lookup;
    private final FlowLookup.Answers answers;
    private final Flow flow = new Flow();
    private final Deque<Expectation> justExpected = new ArrayDeque<>();
    private final Deque<Expectation> toAskAgain = new ArrayDeque<>();
    private int cursor;

    /** {@code capture} hears the answers. */
    public SequenceWatch(FlowTable table, FlowLookup lookup, Capture capture) {
        this.table = table;
        this.lookup = lookup;
        this.answers = (cookie, errno, entry) -> {
            if (errno == 0) {
                capture.onFlow(EventType.DUMP, entry, 0);
            }
        };
    }

    /** A helper has just come to expect a connection: it has rewritten what the master said, or is about to. */
    public void expected(Expectation expectation) {
        if (justExpected.size() < MAX_MASTERS) {
            justExpected.add(expectation);
        }
    }

    /** Asks about the masters of what has just been expected; there never is more to do at once. */
    public boolean drain() {
        while (!justExpected.isEmpty() && toAskAgain.size() < MAX_MASTERS) {
            toAskAgain.add(justExpected.element());
            askAboutMaster(justExpected.remove());
        }
        flush();
        return false;
    }

    /** Asks about the next few. Called ten times a second. */
    public void step() {
        while (!toAskAgain.isEmpty()) {
            askAboutMaster(toAskAgain.remove());
        }
        int records = table.extensionRecords();
        int looks = Math.min(MAX_RECORDS, records / STEPS_PER_ROUND + 1);
        int asked = 0;
        for (int i = 0; i < looks && cursor < records && asked < MAX_QUESTIONS; i++, cursor++) {
            if (isToBeAsked(table.extendedSlot(cursor, Flow.HAS_HELPER))) {
                asked++;
                ask();
            }
        }
        flush();
        if (cursor >= records) {
            cursor = 0;
        }
    }

    private boolean isToBeAsked(int slot) {
        if (slot < 0 || !table.isOwn(slot) || table.is(slot, FlowTable.GONE)) {
            return false;
        }
        table.load(slot, flow);
        return flow.protocol == Flow.TCP && flow.isNatted();
    }

    private void askAboutMaster(Expectation expectation) {
        expectation.masterInto(flow);
        if (isToBeAsked(table.find(flow))) {
            ask();
        }
    }

    private void ask() {
        if (!lookup.add(flow, 0)) {
            flush();
            lookup.add(flow, 0);
        }
    }

    private void flush() {
        try {
            lookup.flush(answers);
        } catch (NetlinkException e) {
            LOG.debug("asked in vain: {}", e.getMessage());
        }
    }
}
