package io.keepflow.node.capture;

import io.keepflow.node.netlink.ConntrackQueries;
import io.keepflow.node.netlink.NetlinkException;
import io.keepflow.node.table.FlowTable;
import io.keepflow.protocol.Flow;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the kernel about this node's own connections that a helper may rewrite: it shifts their sequence numbers, and of that there is
 * no event. A round over them takes {@value #STEPS_PER_ROUND} steps, or longer if there are many.
 */
public final class SequenceWatch {
    private static final int STEPS_PER_ROUND = 2;

    /** Records looked at, and questions asked (some 3 us each), in one step. */
    private static final int MAX_RECORDS = 1 << 16;

    private static final int MAX_QUESTIONS = 256;
    private static final Logger LOG = LoggerFactory.getLogger(SequenceWatch.class);

    private final FlowTable table;
    private final ConntrackQueries queries;
    private final Flow flow = new Flow();
    private int cursor;

    public SequenceWatch(FlowTable table, ConntrackQueries queries) {
        this.table = table;
        this.queries = queries;
    }

    /** Asks about the next few. Called ten times a second. */
    public void step() {
        int records = table.extensionRecords();
        int looks = Math.min(MAX_RECORDS, records / STEPS_PER_ROUND + 1);
        int asked = 0;
        try {
            for (int i = 0; i < looks && cursor < records && asked < MAX_QUESTIONS; i++, cursor++) {
                if (isToBeAsked(table.extendedSlot(cursor, Flow.HAS_HELPER))) {
                    asked++;
                    ask();
                }
            }
            queries.flush();
        } catch (NetlinkException e) {
            LOG.debug("asked in vain: {}", e.getMessage());
        }
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

    private void ask() throws NetlinkException {
        if (!queries.ask(flow)) {
            queries.flush();
            queries.ask(flow);
        }
    }
}
