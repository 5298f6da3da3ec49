package io.keepflow.node;

import io.keepflow.node.capture.KernelSettings;
import io.keepflow.node.netlink.Errno;
import io.keepflow.node.table.FlowTable;
import io.keepflow.protocol.v1.Peer;
import io.keepflow.protocol.v1.Role;
import io.keepflow.protocol.v1.StatusOrBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;

/** Why a node is not healthy, as sentences for its operator that say what to do. */
final class Problems {
    private final FlowTable table;
    private final NodeCounts counts;
    private final boolean hasKeepalived;
    private final IntSupplier unplaced;

    Problems(FlowTable table, NodeCounts counts, boolean hasKeepalived, IntSupplier unplaced) {
        this.table = table;
        this.counts = counts;
        this.hasKeepalived = hasKeepalived;
        this.unplaced = unplaced;
    }

    List<String> of(StatusOrBuilder status) {
        List<String> problems = new ArrayList<>();
        addPeers(status, problems);
        addTwoActive(status, problems);
        if (status.getRole() == Role.ROLE_UNKNOWN && hasKeepalived) {
            problems.add("keepalived has not said which role this node has: is it running with vrrp_notify_fifo?");
        }
        if (unplaced.getAsInt() > 0) {
            problems.add("the kernel refuses %d flows of peers, the last with %s: is nf_conntrack_max large enough?"
                    .formatted(unplaced.getAsInt(), Errno.name(counts.injected().lastErrno())));
        }
        if (table.size() == table.maxFlows()) {
            problems.add("the table is full with %d flows, %d times one was left out: raise table.max_flows"
                    .formatted(table.maxFlows(), counts.tableFull()));
        }
        return problems;
    }

    private static void addPeers(StatusOrBuilder status, List<String> problems) {
        if (status.getPeersList().stream().noneMatch(Peer::getConnected)) {
            problems.add("no peer is connected: a failover now would lose connections");
        }
        for (Peer peer : status.getPeersList()) {
            if (!peer.getRefused().isEmpty()) {
                problems.add(peer.getName() + " " + peer.getRefused());
            } else if (!peer.getConnected()) {
                problems.add(peer.getName() + " is not connected");
            } else if (!peer.getComplete()) {
                problems.add("still fetching the flows of " + peer.getName());
            } else if (peer.getLagSeconds() > 1) {
                problems.add("%s is %.1f s behind".formatted(peer.getName(), peer.getLagSeconds()));
            }
        }
    }

    private static void addTwoActive(StatusOrBuilder status, List<String> problems) {
        if (status.getRole() != Role.ROLE_ACTIVE || KernelSettings.isLiberal()) {
            return;
        }
        for (Peer peer : status.getPeersList()) {
            if (peer.getConnected() && peer.getRole() == Role.ROLE_ACTIVE) {
                problems.add(peer.getName() + " is active as well. If that is meant, set"
                        + " net.netfilter.nf_conntrack_tcp_be_liberal to 1 on all nodes, or connections that cross two of them"
                        + " stall; if not, see why keepalived's announcements do not arrive");
            }
        }
    }
}
