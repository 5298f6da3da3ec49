package io.keepflow.node.capture;

import io.keepflow.node.netlink.EventType;
import io.keepflow.node.netlink.ExpectationDump;
import io.keepflow.node.netlink.FlowListener;
import io.keepflow.node.netlink.NetlinkException;
import io.keepflow.node.table.ExpectationTable;
import io.keepflow.protocol.Expectation;
import io.keepflow.protocol.Flow;
import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Compares the table of expectations with this node's own kernel, again and again: they are few, and most changes are no event. */
public final class ExpectationAudit implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ExpectationAudit.class);

    private final EventLoop loop;
    private final ExpectationTable table;
    private final ExpectationCapture capture;
    private final ExpectationDump dump;
    private boolean running;
    private long failures;
    private volatile boolean closed;

    /** Reads {@code dump} on {@code loop}, and closes it there in the end. */
    public ExpectationAudit(EventLoop loop, ExpectationTable table, ExpectationCapture capture, ExpectationDump dump) {
        this.loop = loop;
        this.table = table;
        this.capture = capture;
        this.dump = dump;
    }

    /** Starts an audit unless one runs. On the loop. */
    public void start() {
        if (running || closed) {
            return;
        }
        running = true;
        table.beginAudit();
        try {
            dump.start(new Dumped());
        } catch (NetlinkException e) {
            failed(e);
            return;
        }
        read();
    }

    /** A page; the next one behind the loop's other work. What one audit breaks must not keep the next from running. */
    private void read() {
        try {
            if (!closed && !dump.read()) {
                var _ = loop.schedule(this::read, 0, TimeUnit.NANOSECONDS);
            }
        } catch (RuntimeException e) {
            running = false;
            LOG.error("The audit of the kernel's expectations failed", e);
        }
    }

    private void failed(NetlinkException cause) {
        running = false;
        if (failures++ == 0) {
            LOG.warn("cannot dump the kernel's expectations; trying again every second: {}", cause.getMessage());
        }
    }

    @Override
    public void close() {
        closed = true;
        if (!loop.isShuttingDown()) {
            loop.execute(dump::close);
        }
    }

    /** The entries of the dump. */
    private final class Dumped implements FlowListener {
        @Override
        public void onFlow(EventType type, Flow flow, int portId) {
            capture.onFlow(type, flow, portId);
        }

        @Override
        public void onExpectation(EventType type, Expectation expectation, int portId) {
            capture.onExpectation(type, expectation, portId);
        }

        @Override
        public void onMalformed(String reason) {
            capture.onMalformed(reason);
        }

        @Override
        public void onEnd() {
            running = false;
            capture.auditAll();
        }

        @Override
        public void onFailed(NetlinkException cause) {
            failed(cause);
        }
    }
}
