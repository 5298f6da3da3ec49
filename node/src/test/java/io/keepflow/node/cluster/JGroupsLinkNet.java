package io.keepflow.node.cluster;

import io.keepflow.crypto.ClusterKey;
import io.keepflow.node.testkit.NetworkNamespace;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.StandardSocketOptions;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A sync network of its own: a bridge in one namespace and hosts in others, each with an IPv4 and an IPv6 address. */
final class JGroupsLinkNet implements AutoCloseable {
    /** One host on the bridge. */
    final class Host implements AutoCloseable {
        final NetworkNamespace namespace;
        final String port;
        final InetAddress ipv4;
        final InetAddress ipv6;
        private @Nullable JGroupsLinkMember member;

        Host(int number) throws IOException {
            namespace = NetworkNamespace.create("kflink");
            port = "port" + number;
            ipv4 = InetAddress.getByName("10.77.0." + number);
            ipv6 = InetAddress.getByName("fd77::" + number);
            NetworkNamespace.run(
                    "ip",
                    "link",
                    "add",
                    "eth0",
                    "netns",
                    namespace.name(),
                    "type",
                    "veth",
                    "peer",
                    "name",
                    port,
                    "netns",
                    hub.name());
            hub.exec("ip", "link", "set", port, "master", "br0", "up");
            namespace.exec("ip", "addr", "add", ipv4.getHostAddress() + "/24", "dev", "eth0");
            namespace.exec("ip", "addr", "add", ipv6.getHostAddress() + "/64", "dev", "eth0", "nodad");
            namespace.exec("ip", "link", "set", "eth0", "up");
        }

        /** Joins over IPv4 multicast. */
        JGroupsLinkMember join(ClusterKey key) throws Exception {
            return join(multicast("edge-cluster", ipv4), key);
        }

        /** Multicast in this network's group of the address' IP version. */
        LinkOptions multicast(String clusterName, InetAddress address) {
            InetSocketAddress group = address instanceof Inet6Address ? GROUP_IPV6 : GROUP_IPV4;
            return LinkOptions.multicast(clusterName, name(), address, PORT, group);
        }

        JGroupsLinkMember join(LinkOptions options, ClusterKey key) throws Exception {
            JGroupsLinkMember joined = namespace.call(() -> new JGroupsLinkMember(options, key));
            member = joined;
            return joined;
        }

        String name() {
            return "node-" + port;
        }

        /** Sends raw datagrams from this host, as an attacker on the link. */
        void send(List<byte[]> datagrams, InetAddress destination) throws Exception {
            namespace.call(() -> {
                try (DatagramSocket socket = new DatagramSocket(0)) {
                    socket.setOption(StandardSocketOptions.IP_MULTICAST_IF, NetworkInterface.getByName("eth0"));
                    for (byte[] datagram : datagrams) {
                        socket.send(new DatagramPacket(
                                datagram,
                                datagram.length,
                                new InetSocketAddress(
                                        destination, destination.isMulticastAddress() ? GROUP_PORT : PORT)));
                    }
                }
                return null;
            });
        }

        @Override
        public void close() throws Exception {
            JGroupsLinkMember running = member;
            if (running != null) {
                running.close();
            }
            namespace.close();
        }
    }

    static final int PORT = 7753;
    static final int GROUP_PORT = 7752;
    static final InetSocketAddress GROUP_IPV4 = new InetSocketAddress("239.255.77.1", GROUP_PORT);
    static final InetSocketAddress GROUP_IPV6 = new InetSocketAddress("ff15::7777", GROUP_PORT);

    final NetworkNamespace hub;
    private final List<Host> hosts = new ArrayList<>();

    JGroupsLinkNet() throws IOException {
        hub = NetworkNamespace.create("kfhub");
        hub.exec("ip", "link", "add", "br0", "type", "bridge", "mcast_snooping", "0");
        hub.exec("ip", "link", "set", "br0", "up");
    }

    Host host() throws IOException {
        Host host = new Host(hosts.size() + 1);
        hosts.add(host);
        return host;
    }

    /** Drops all that goes to and from {@code host}, silently, as a pulled cable or a frozen host would. */
    void cut(Host host) throws IOException {
        hub.exec("nft", "add table bridge cut_" + host.port);
        hub.exec("nft", "add chain bridge cut_" + host.port + " c { type filter hook forward priority 0 ; }");
        hub.exec("nft", "add rule bridge cut_" + host.port + " c iifname " + host.port + " drop");
        hub.exec("nft", "add rule bridge cut_" + host.port + " c oifname " + host.port + " drop");
    }

    void heal(Host host) throws IOException {
        hub.exec("nft", "delete table bridge cut_" + host.port);
    }

    /** Drops each frame between hosts with a probability in percent. */
    void lose(int percent) throws IOException {
        hub.exec("nft", "add table bridge loss");
        hub.exec("nft", "add chain bridge loss c { type filter hook forward priority 0 ; }");
        hub.exec("nft", "add rule bridge loss c numgen random mod 100 < " + percent + " drop");
    }

    @Override
    public void close() throws Exception {
        for (Host host : hosts) {
            host.close();
        }
        hub.close();
    }
}
