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
            InetSocketAddress group = new InetSocketAddress(cluster.multicastGroup(), cluster.multicastPort());
            return LinkOptions.multicast(cluster.name(), name, cluster.bind(), cluster.port(), group)
                    .withMtu(cluster.mtu());
        }
        return LinkOptions.unicast(cluster.name(), name, cluster.bind(), cluster.port(), cluster.members())
                .withMtu(cluster.mtu());
    }
}
