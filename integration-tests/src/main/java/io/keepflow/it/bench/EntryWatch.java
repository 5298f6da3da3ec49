package io.keepflow.it.bench;

import io.keepflow.it.lab.Firewall;
import io.keepflow.node.filter.Identity;
import io.keepflow.node.filter.Range;
import io.keepflow.node.filter.Rule;
import io.keepflow.node.filter.Selection;
import io.keepflow.node.filter.State;
import io.keepflow.node.netlink.ConntrackEvents;
import io.keepflow.node.netlink.EventType;
import io.keepflow.node.netlink.FlowListener;
import io.keepflow.node.netlink.NetlinkException;
import io.keepflow.node.netlink.NetlinkIoHandler;
import io.keepflow.node.netlink.Scheduling;
import io.keepflow.protocol.Flow;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * When the probes' entries came up in one firewall's kernel, as its events tell. The kernel itself leaves out all events of other
 * flows, so that the watch costs next to nothing under load. A thread of its own waits for them; it asks for a short time slice, so
 * that it is not behind the daemons that do.
 */
final class EntryWatch implements AutoCloseable {
    /** Probes are UDP flows to this port. */
    static final int PROBE_PORT = 9;

    private static final int BUFFER_BYTES = 8 << 20;

    private final MultiThreadIoEventLoopGroup group;
    private final ConntrackEvents events;
    private final AtomicLongArray seenNanos;
    private volatile String fault = "";

    private EntryWatch(Firewall firewall, int probes) throws Exception {
        this.seenNanos = new AtomicLongArray(probes);
        this.group = new MultiThreadIoEventLoopGroup(1, NetlinkIoHandler.newFactory());
        group.submit(Scheduling::soon).sync();
        this.events = firewall.namespace()
                .call(() -> ConntrackEvents.openUnmoderated(group.next(), BUFFER_BYTES, probesOnly(), new Listener()));
    }

    static EntryWatch on(Firewall firewall, int probes) throws Exception {
        return new EntryWatch(firewall, probes);
    }

    /** {@link System#nanoTime} of its entry, or 0 as long as there is none. */
    long seenNanos(int probe) {
        return seenNanos.get(probe);
    }

    int seen() {
        int seen = 0;
        for (int i = 0; i < seenNanos.length(); i++) {
            seen += seenNanos.get(i) == 0 ? 0 : 1;
        }
        return seen;
    }

    void requireHealthy() throws IOException {
        if (!fault.isEmpty()) {
            throw new IOException("the watch for entries failed: " + fault);
        }
    }

    @Override
    public void close() {
        events.close();
        var _ = group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    private static Selection probesOnly() {
        Identity probe = new Identity(
                List.of(Range.of(Flow.UDP)), List.of(), List.of(), List.of(), List.of(Range.of(PROBE_PORT)), List.of());
        return new Selection(List.of(new Rule(0, probe, State.ANY)), List.of(), false, 0);
    }

    /** Notes the first event of each probe. */
    private final class Listener implements FlowListener {
        @Override
        public void onFlow(EventType type, Flow flow, int portId) {
            int probe = ShortFlows.number(flow);
            if (flow.original.l4Dst == PROBE_PORT && probe < seenNanos.length()) {
                seenNanos.compareAndSet(probe, 0, System.nanoTime());
            }
        }

        @Override
        public void onMalformed(String reason) {
            fault = reason;
        }

        @Override
        public void onOverrun() {
            fault = "events were lost";
        }

        @Override
        public void onFailed(NetlinkException e) {
            fault = String.valueOf(e.getMessage());
        }
    }
}
