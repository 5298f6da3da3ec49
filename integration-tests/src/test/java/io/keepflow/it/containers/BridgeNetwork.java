package io.keepflow.it.containers;

import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.model.ContainerNetwork;
import com.github.dockerjava.api.model.ContainerNetwork.Ipam;
import com.github.dockerjava.api.model.Network.Ipam.Config;
import java.util.Random;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.Network;

/**
 * A bridge network of the engine with both IP versions and addresses of our choice, gone on {@link #close()}.
 *
 * <p>IPv4 comes from the range for benchmarks (RFC 2544), which no real network routes; IPv6 from a random ULA prefix.
 */
final class BridgeNetwork implements AutoCloseable {
    private static final int MAX_ATTEMPTS = 20;

    private final Network network;
    private final String prefix4;
    private final String prefix6;

    private BridgeNetwork(Network network, String prefix4, String prefix6) {
        this.network = network;
        this.prefix4 = prefix4;
        this.prefix6 = prefix6;
    }

    /** Takes the first random prefixes that no other network of the engine uses. */
    static BridgeNetwork create(Random random) {
        for (int attempt = 1; ; attempt++) {
            String prefix4 = "198." + (18 + random.nextInt(2)) + "." + random.nextInt(256) + ".";
            String prefix6 =
                    "fd%02x:%x:%x:1::".formatted(random.nextInt(256), random.nextInt(65536), random.nextInt(65536));
            Network network = describe(prefix4, prefix6);
            try {
                network.getId();
                return new BridgeNetwork(network, prefix4, prefix6);
            } catch (DockerException e) {
                if (attempt == MAX_ATTEMPTS || !String.valueOf(e.getMessage()).contains("overlaps")) {
                    throw e;
                }
            }
        }
    }

    private static Network describe(String prefix4, String prefix6) {
        return Network.builder()
                .driver("bridge")
                .enableIpv6(true)
                .createNetworkCmdModifier(command -> command.withIpam(new com.github.dockerjava.api.model.Network.Ipam()
                        .withConfig(
                                new Config().withSubnet(prefix4 + "0/24").withGateway(prefix4 + "1"),
                                new Config().withSubnet(prefix6 + "/64").withGateway(prefix6 + "1"))))
                .build();
    }

    String id() {
        return network.getId();
    }

    /** The IPv4 address of a host number below 256. */
    String address(int host) {
        return prefix4 + host;
    }

    /** The IPv6 address of a host number. */
    String address6(int host) {
        return prefix6 + Integer.toHexString(host);
    }

    String subnet() {
        return prefix4 + "0/24";
    }

    String subnet6() {
        return prefix6 + "/64";
    }

    /** Plugs a created container into the network, as the given host. */
    void attach(String containerId, int host) {
        DockerClientFactory.instance()
                .client()
                .connectToNetworkCmd()
                .withNetworkId(network.getId())
                .withContainerId(containerId)
                .withContainerNetwork(new ContainerNetwork()
                        .withIpamConfig(
                                new Ipam().withIpv4Address(address(host)).withIpv6Address(address6(host))))
                .exec();
    }

    @Override
    public void close() {
        network.close();
    }
}
