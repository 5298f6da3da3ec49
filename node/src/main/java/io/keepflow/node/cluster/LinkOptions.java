package io.keepflow.node.cluster;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a node takes part in the sync link.
 *
 * @param clusterName what the nodes of a cluster have in common; members of another name are ignored
 * @param nodeName this node's name, for the link's own log lines
 * @param bindAddress this node's address on the sync link, IPv4 or IPv6
 * @param port UDP port on which this node sends and receives
 * @param multicast group and port of the cluster, or null where there is no multicast
 * @param members addresses and ports of all nodes (this one may be among them) where there is no multicast, else empty
 * @param mtu the link's MTU in bytes, IP header included
 * @param joinTimeout how long a node looks for others before it forms a cluster of its own
 * @param failureTimeout silence after which a member is suspected; it is dropped {@link #VERIFY_TIMEOUT_MS} later
 * @param mergeInterval the longest time between two looks for other parts of a cluster that was split
 */
public record LinkOptions(
        String clusterName,
        String nodeName,
        InetAddress bindAddress,
        int port,
        @Nullable InetSocketAddress multicast,
        List<InetSocketAddress> members,
        int mtu,
        Duration joinTimeout,
        Duration failureTimeout,
        Duration mergeInterval) {
    public static final int ETHERNET_MTU = 1500;

    /** A suspected member has this long to answer before it is dropped. */
    public static final int VERIFY_TIMEOUT_MS = 150;

    private static final int MIN_MTU = 576;
    private static final int MAX_MTU = 65_535;
    private static final Duration DEFAULT_JOIN_TIMEOUT = Duration.ofMillis(500);
    private static final Duration DEFAULT_FAILURE_TIMEOUT = Duration.ofMillis(750);
    private static final Duration DEFAULT_MERGE_INTERVAL = Duration.ofMillis(500);

    public LinkOptions {
        members = List.copyOf(members);
        if ((multicast == null) == members.isEmpty()) {
            throw new IllegalArgumentException("a link has either a multicast group or a list of members");
        }
        if (mtu < MIN_MTU || mtu > MAX_MTU) {
            throw new IllegalArgumentException("the MTU of the sync link is " + mtu + ", not within 576 and 65535");
        }
        if (multicast != null && isIpv6(multicast.getAddress()) != isIpv6(bindAddress)) {
            throw new IllegalArgumentException(
                    "the multicast group " + multicast.getAddress().getHostAddress() + " and this node's address "
                            + bindAddress.getHostAddress() + " are of different IP versions");
        }
    }

    /** Multicast in {@code group}, on an Ethernet. */
    public static LinkOptions multicast(
            String clusterName, String nodeName, InetAddress bindAddress, int port, InetSocketAddress group) {
        return withDefaults(clusterName, nodeName, bindAddress, port, group, List.of());
    }

    /** Copies to each of {@code members}, where there is no multicast. */
    public static LinkOptions unicast(
            String clusterName, String nodeName, InetAddress bindAddress, int port, List<InetSocketAddress> members) {
        return withDefaults(clusterName, nodeName, bindAddress, port, null, members);
    }

    private static LinkOptions withDefaults(
            String clusterName,
            String nodeName,
            InetAddress bindAddress,
            int port,
            @Nullable InetSocketAddress multicast,
            List<InetSocketAddress> members) {
        return new LinkOptions(
                clusterName,
                nodeName,
                bindAddress,
                port,
                multicast,
                members,
                ETHERNET_MTU,
                DEFAULT_JOIN_TIMEOUT,
                DEFAULT_FAILURE_TIMEOUT,
                DEFAULT_MERGE_INTERVAL);
    }

    public LinkOptions withMtu(int otherMtu) {
        return new LinkOptions(
                clusterName,
                nodeName,
                bindAddress,
                port,
                multicast,
                members,
                otherMtu,
                joinTimeout,
                failureTimeout,
                mergeInterval);
    }

    boolean isIpv6() {
        return isIpv6(bindAddress);
    }

    private static boolean isIpv6(InetAddress address) {
        return address instanceof Inet6Address;
    }
}
