package io.keepflow.it.bench;

import io.keepflow.it.lab.Firewall;
import io.keepflow.node.netlink.ConntrackDump;
import io.keepflow.node.netlink.EventType;
import io.keepflow.node.netlink.FlowListener;
import io.keepflow.node.netlink.NetlinkException;
import io.keepflow.node.netlink.NetlinkIoHandler;
import io.keepflow.protocol.Flow;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Reads a firewall's table four times a second, whereby the kernel drops the entries that have expired and tells so. Left alone
 * it may let them lie for a minute.
 */
final class Reaper implements AutoCloseable {
    private static final long PERIOD_MS = 250;
    private static final long DUMP_LIMIT_SECONDS = 30;

    private final Firewall firewall;
    private final MultiThreadIoEventLoopGroup group;
    private final Thread thread;
    private volatile boolean closed;

    Reaper(Firewall firewall) {
        this.firewall = firewall;
        this.group = new MultiThreadIoEventLoopGroup(1, NetlinkIoHandler.newFactory());
        this.thread = firewall.namespace().start(this::run);
    }

    private void run() {
        try {
            while (!closed) {
                readTable();
                Thread.sleep(PERIOD_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            throw new IllegalStateException("cannot read the table of " + firewall.name(), e);
        }
    }

    private void readTable() throws Exception {
        Reading reading = new Reading();
        try (ConntrackDump _ = ConntrackDump.start(group.next(), reading)) {
            reading.end.get(DUMP_LIMIT_SECONDS, TimeUnit.SECONDS);
        }
    }

    @Override
    public void close() {
        closed = true;
        try {
            thread.join(TimeUnit.SECONDS.toMillis(DUMP_LIMIT_SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        var _ = group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    /** Interested in the end only; a dump that was interrupted has dropped what has expired as well. */
    private static final class Reading implements FlowListener {
        final CompletableFuture<Boolean> end = new CompletableFuture<>();

        @Override
        public void onFlow(EventType type, Flow flow, int portId) {}

        @Override
        public void onMalformed(String reason) {
            end.completeExceptionally(new IllegalStateException(reason));
        }

        @Override
        public void onEnd() {
            end.complete(true);
        }

        @Override
        public void onFailed(NetlinkException e) {
            if (e.isInterrupted()) {
                end.complete(false);
            } else {
                end.completeExceptionally(e);
            }
        }
    }
}
