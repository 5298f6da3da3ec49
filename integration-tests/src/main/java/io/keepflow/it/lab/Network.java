package io.keepflow.it.lab;

import io.keepflow.node.testkit.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Makes the lab's namespaces, and cables between them and the three bridges, which stand in a namespace of their own. */
final class Network {
    // Timestamps without an offset of each connection's own: source NAT gives the server the same port of different
    // connections, and one that it had a minute ago would be taken for old by half, and its SYN be left unanswered.
    private static final Map<String, String> EVERYWHERE = Map.of(
            "net/ipv4/tcp_timestamps", "2",
            "net/ipv6/conf/all/accept_dad", "0",
            "net/ipv6/conf/default/accept_dad", "0",
            "net/ipv6/conf/all/accept_ra", "0",
            "net/ipv6/conf/default/accept_ra", "0");

    private final String labName;
    private final NetworkNamespace bridges;

    Network(String labName) throws Exception {
        this.labName = labName;
        this.bridges = host("bridges");
        for (Link link : Link.values()) {
            bridges.exec("ip", "link", "add", link.bridge(), "type", "bridge", "forward_delay", "0");
            bridges.exec("ip", "link", "set", link.bridge(), "up");
        }
    }

    /** A new namespace, connected to nothing yet. */
    NetworkNamespace host(String role) throws Exception {
        NetworkNamespace namespace = NetworkNamespace.named(labName + "-" + role);
        setSysctls(namespace, EVERYWHERE);
        return namespace;
    }

    /** Cables a host to a link, and gives it its addresses there. */
    Cable connect(NetworkNamespace host, String role, Link link, List<String> addresses) throws IOException {
        String bridgePort = role + "-" + link.device();
        NetworkNamespace.run(
                "ip",
                "link",
                "add",
                link.device(),
                "netns",
                host.name(),
                "type",
                "veth",
                "peer",
                "name",
                bridgePort,
                "netns",
                bridges.name());
        bridges.exec("ip", "link", "set", bridgePort, "master", link.bridge(), "up");
        for (String address : addresses) {
            host.exec("ip", "address", "add", address, "dev", link.device(), "nodad");
        }
        host.exec("ip", "link", "set", link.device(), "up");
        return new Cable(bridges, bridgePort);
    }

    static void setSysctls(NetworkNamespace namespace, Map<String, String> values) throws Exception {
        Path root = Path.of("/proc/sys");
        namespace.call(() -> {
            for (Map.Entry<String, String> entry : values.entrySet()) {
                Files.writeString(root.resolve(entry.getKey()), entry.getValue());
            }
            return Boolean.TRUE;
        });
    }

    /** The three links of a firewall, and the name of its device on each. */
    enum Link {
        CLIENT_LAN("lan0"),
        SERVER_LAN("wan0"),
        SYNC("sync0");

        private final String device;

        Link(String device) {
            this.device = device;
        }

        String device() {
            return device;
        }

        String bridge() {
            return "br-" + device;
        }
    }

    /** One end of a cable, at the bridge: what is pulled there is seen as a lost carrier at the other end. */
    record Cable(NetworkNamespace bridges, String port) {}
}
