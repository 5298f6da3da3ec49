package io.keepflow.node.netlink;

import io.keepflow.node.testkit.NetworkNamespace;
import java.io.IOException;

/**
 * A client, a firewall and a server, each in a namespace of its own, IPv4 and IPv6:
 *
 * <pre>
 * client 10.50.1.2 ── 10.50.1.1 firewall 10.50.2.1 ── 10.50.2.2 server
 *        fd50:1::2    fd50:1::1          fd50:2::1    fd50:2::2
 * </pre>
 *
 * The firewall forwards established flows only, takes up no TCP from the middle, and owns the addresses (…2.77, fd50:2::77)
 * that sources are translated to. 10.50.9.9 and fd50:9::9 are nobody's: what reaches the server from there was translated.
 */
final class Firewall implements AutoCloseable {
    static final String VIRTUAL_4 = "10.50.9.9";
    static final String VIRTUAL_6 = "fd50:9::9";
    static final String SOURCE_4 = "10.50.2.77";
    static final String SOURCE_6 = "fd50:2::77";

    final NetworkNamespace client = NetworkNamespace.create("kfc");
    final ConntrackNamespace kernel = new ConntrackNamespace();
    final NetworkNamespace server = NetworkNamespace.create("kfs");
    private final NetworkNamespace firewall = kernel.namespace;

    Firewall() throws Exception {
        try {
            connect();
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    private void connect() throws IOException {
        link(client, "in", 1);
        link(server, "out", 2);
        address(firewall, "out", SOURCE_4 + "/32");
        address(firewall, "out", SOURCE_6 + "/128");
        firewall.exec("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1");
        rules("");
        firewall.exec("sysctl", "-qw", "net.netfilter.nf_conntrack_tcp_loose=0");
    }

    private void link(NetworkNamespace end, String device, int network) throws IOException {
        firewall.exec("ip", "link", "add", device, "type", "veth", "peer", "name", "eth0", "netns", end.name());
        address(firewall, device, "10.50." + network + ".1/24");
        address(firewall, device, "fd50:" + network + "::1/64");
        address(end, "eth0", "10.50." + network + ".2/24");
        address(end, "eth0", "fd50:" + network + "::2/64");
        firewall.exec("ip", "link", "set", device, "up");
        end.exec("ip", "link", "set", "eth0", "up");
        end.exec("ip", "route", "add", "default", "via", "10.50." + network + ".1");
        end.exec("ip", "-6", "route", "add", "default", "via", "fd50:" + network + "::1");
    }

    private static void address(NetworkNamespace namespace, String device, String address) throws IOException {
        namespace.exec("ip", "addr", "add", address, "dev", device, address.contains(":") ? "nodad" : "noprefixroute");
        if (!address.contains(":") && address.endsWith("/24")) {
            String network = address.substring(0, address.lastIndexOf('.')) + ".0/24";
            namespace.exec("ip", "link", "set", device, "up");
            namespace.exec("ip", "route", "add", network, "dev", device);
        }
    }

    /** Translates and lets through new connections. */
    void translating() throws IOException {
        rules("""
            add rule inet t pre meta l4proto { tcp, udp } ip daddr %s dnat ip to 10.50.2.2:8080
            add rule inet t pre meta l4proto { tcp, udp } ip6 daddr %s dnat ip6 to [fd50:2::2]:8080
            add rule inet t post meta l4proto { tcp, udp } ip saddr 10.50.1.2 snat ip to %s:5000-5999
            add rule inet t post meta l4proto { tcp, udp } ip6 saddr fd50:1::2 snat ip6 to [%s]:5000-5999
            add rule inet t through ct state new accept
            """.formatted(VIRTUAL_4, VIRTUAL_6, SOURCE_4, SOURCE_6));
    }

    /** Has no rule that translates, as a standby whose rules differ: only the entries it is given can. */
    void forgetful() throws IOException {
        rules("");
    }

    /** Forwards what is established, and what {@code more} says. */
    void rules(String more) throws IOException {
        firewall.exec("nft", """
            add table inet t
            delete table inet t
            add table inet t
            add chain inet t pre { type nat hook prerouting priority -100; }
            add chain inet t post { type nat hook postrouting priority 100; }
            add chain inet t through { type filter hook forward priority 0; policy drop; }
            add rule inet t through meta l4proto ipv6-icmp icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
            add rule inet t through ct state established,related accept
            """ + more);
    }

    @Override
    public void close() throws IOException {
        client.close();
        server.close();
        kernel.close();
    }
}
