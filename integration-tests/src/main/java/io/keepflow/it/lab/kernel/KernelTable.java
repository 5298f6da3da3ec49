package io.keepflow.it.lab.kernel;

import io.keepflow.it.lab.Firewall;
import io.keepflow.node.capture.LocalTraffic;
import io.keepflow.node.netlink.ConntrackDump;
import io.keepflow.node.netlink.EventType;
import io.keepflow.node.netlink.FlowListener;
import io.keepflow.node.netlink.NetlinkException;
import io.keepflow.node.netlink.NetlinkIoHandler;
import io.keepflow.protocol.Flow;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One firewall's whole conntrack table at one moment, without traffic of the firewalls themselves. */
final class KernelTable {
    private static final int ATTEMPTS = 3;
    private static final long READ_LIMIT_SECONDS = 120;

    private final Map<FlowIdentity, EntryState> entries;

    private KernelTable(Map<FlowIdentity, EntryState> entries) {
        this.entries = entries;
    }

    Map<FlowIdentity, EntryState> entries() {
        return entries;
    }

    /** The flows of which the other has another entry, or one of the two has none. */
    Set<FlowIdentity> differing(KernelTable other) {
        Set<FlowIdentity> flows = new HashSet<>();
        entries.forEach((flow, state) -> {
            if (!state.equals(other.entries.get(flow))) {
                flows.add(flow);
            }
        });
        for (FlowIdentity flow : other.entries.keySet()) {
            if (!entries.containsKey(flow)) {
                flows.add(flow);
            }
        }
        return flows;
    }

    /** Reads it; once more when the kernel says that it changed in the middle. */
    static KernelTable read(Firewall firewall, LocalTraffic local) throws Exception {
        for (int attempt = 1; ; attempt++) {
            try {
                return new KernelTable(readOnce(firewall, local));
            } catch (NetlinkException e) {
                if (!e.isInterrupted() || attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    private static Map<FlowIdentity, EntryState> readOnce(Firewall firewall, LocalTraffic local) throws Exception {
        try (MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NetlinkIoHandler.newFactory())) {
            Reading reading = new Reading(local);
            try (ConntrackDump _ = firewall.namespace().call(() -> ConntrackDump.start(group.next(), reading))) {
                return reading.result(firewall.name());
            } finally {
                var _ = group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            }
        }
    }

    /** The dump as it comes, on the loop's thread. */
    private static final class Reading implements FlowListener {
        private final LocalTraffic local;
        private final Map<FlowIdentity, EntryState> entries = new HashMap<>();
        private final CompletableFuture<Map<FlowIdentity, EntryState>> whole = new CompletableFuture<>();

        Reading(LocalTraffic local) {
            this.local = local;
        }

        @Override
        public void onFlow(EventType type, Flow flow, int portId) {
            if (!local.isLocal(flow)) {
                entries.put(FlowIdentity.of(flow), EntryState.of(flow));
            }
        }

        @Override
        public void onMalformed(String reason) {
            whole.completeExceptionally(new IOException("the dump has a message that cannot be read: " + reason));
        }

        @Override
        public void onEnd() {
            whole.complete(entries);
        }

        @Override
        public void onFailed(NetlinkException e) {
            whole.completeExceptionally(e);
        }

        Map<FlowIdentity, EntryState> result(String firewall) throws Exception {
            try {
                return whole.get(READ_LIMIT_SECONDS, TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                if (e.getCause() instanceof NetlinkException cause) {
                    throw cause;
                }
                throw new IOException("cannot read the kernel table of " + firewall, e.getCause());
            } catch (TimeoutException e) {
                throw new IOException(
                        "the kernel table of " + firewall + " was not read within " + READ_LIMIT_SECONDS + " s", e);
            }
        }
    }
}
