package io.keepflow.node;

import io.keepflow.node.cluster.LinkOptions;
import io.keepflow.node.config.Config;
import io.keepflow.node.config.Config.ClusterSection;
import java.net.InetSocketAddress;

/** The configuration of the cluster as options of its link. */
final class Links {
    private Links() {}

    static LinkOptions options(Config config) {
        ClusterSection cluster = config.cluster();
        String name = config.node().name();
        if (cluster.usesMulticast()) {
            return LinkOptions.multicast(cluster.name(), name, cluster.bind())
                    .withMtu(cluster.mtu())
                    .withPorts(
                            cluster.port(), new InetSocketAddress(cluster.multicastGroup(), cluster.multicastPort()));
        }
        return LinkOptions.unicast(cluster.name(), name, cluster.bind(), cluster.members())
                .withMtu(cluster.mtu())
                .withPorts(cluster.port(), null);
    }
}
