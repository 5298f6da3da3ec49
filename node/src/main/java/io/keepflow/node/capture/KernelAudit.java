package io.keepflow.node.capture;

import io.keepflow.node.netlink.DumpScope;
import io.keepflow.node.netlink.EventType;
import io.keepflow.node.netlink.FlowListener;
import io.keepflow.node.netlink.LabelMask;
import io.keepflow.node.netlink.NetlinkException;
import io.keepflow.node.netlink.ScopedDump;
import io.keepflow.node.table.FlowTable;
import io.keepflow.protocol.Flow;
import io.netty.channel.EventLoop;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares the table with this node's own kernel: dumps it, then looks for what the dump did not show. At the start, after an
 * overrun, and every {@value #INTERVAL_SECONDS} s, because entries from before the node listened may never emit an event.
 */
public final class KernelAudit implements AutoCloseable {
    private static final int INTERVAL_SECONDS = 60;
    private static final int RETRY_SECONDS = 1;
    private static final int SLOTS_PER_TURN = 16384;
    private static final Logger LOG = LoggerFactory.getLogger(KernelAudit.class);

    private final EventLoop loop;
    private final FlowTable table;
    private final Capture capture;
    private final List<DumpScope> scopes;
    private final Runnable onDone;
    private @Nullable ScheduledFuture<?> next;
    private boolean running;
    private boolean again;
    private volatile boolean closed;

    /** Audits by dumps of these parts of the kernel's table; {@code onDone} is called on the loop after each audit. */
    public KernelAudit(EventLoop loop, FlowTable table, Capture capture, List<DumpScope> scopes, Runnable onDone) {
        this.loop = loop;
        this.table = table;
        this.capture = capture;
        this.scopes = scopes;
        this.onDone = onDone;
    }

    /** Starts an audit, or another one after the one that runs. On the loop. */
    public void start() {
        if (closed) {
            return;
        }
        if (running) {
            again = true;
            return;
        }
        if (next != null) {
            next.cancel(false);
        }
        running = true;
        again = false;
        table.beginAudit();
        try {
            ScopedDump.start(loop, scopes, new Dumped());
        } catch (NetlinkException e) {
            retry(e);
        }
    }

    private void retry(NetlinkException cause) {
        running = false;
        LOG.warn("cannot dump the kernel's table, trying again in {} s: {}", RETRY_SECONDS, cause.getMessage());
        later(RETRY_SECONDS);
    }

    private void later(int seconds) {
        if (!closed) {
            next = loop.schedule(this::start, seconds, TimeUnit.SECONDS);
        }
    }

    private void sweep(int from) {
        int end = Math.min(table.slots(), from + SLOTS_PER_TURN);
        for (int slot = from; slot < end; slot++) {
            capture.auditSlot(slot, scopes);
        }
        if (end < table.slots()) {
            loop.execute(() -> sweep(end));
            return;
        }
        running = false;
        onDone.run();
        if (again) {
            start();
        } else {
            later(INTERVAL_SECONDS);
        }
    }

    @Override
    public void close() {
        closed = true;
    }

    /** The entries of the dump. */
    private final class Dumped implements FlowListener {
        @Override
        public LabelMask labels() {
            return capture.labels();
        }

        @Override
        public void onFlow(EventType type, Flow flow, int portId) {
            capture.onFlow(type, flow, portId);
        }

        @Override
        public void onMalformed(String reason) {
            capture.onMalformed(reason);
        }

        @Override
        public void onEnd() {
            sweep(0);
        }

        @Override
        public void onFailed(NetlinkException cause) {
            retry(cause);
        }
    }
}
