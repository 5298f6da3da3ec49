package io.keepflow.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Timeouts that an upgrade must not change silently, since nodes of one cluster have to agree on them. */
class LinkOptionsTest {
    private final InetAddress ipv4 = InetAddress.ofLiteral("10.9.0.1");
    private final InetAddress ipv6 = InetAddress.ofLiteral("fd00::1");
    private final InetSocketAddress group = new InetSocketAddress("239.255.77.1", 7752);

    @Test
    void defaultsOverMulticast() {
        LinkOptions options = LinkOptions.multicast("edge", "fw1", ipv4, 7753, group);
        assertThat(options)
                .isEqualTo(new LinkOptions(
                        "edge",
                        "fw1",
                        ipv4,
                        7753,
                        group,
                        List.of(),
                        1500,
                        Duration.ofMillis(500),
                        Duration.ofMillis(750),
                        Duration.ofMillis(500)));
    }

    @Test
    void eitherMulticastOrMembers() {
        List<InetSocketAddress> members = List.of(new InetSocketAddress(ipv4, 7753));
        assertThat(LinkOptions.unicast("edge", "fw1", ipv4, 7753, members).multicast())
                .isNull();
        assertThatThrownBy(() -> LinkOptions.unicast("edge", "fw1", ipv4, 7753, List.of()))
                .hasMessageContaining("either a multicast group or a list of members");
    }

    @Test
    void impossibleValuesAreRefused() {
        LinkOptions options = LinkOptions.multicast("edge", "fw1", ipv4, 7753, group);
        assertThatThrownBy(() -> options.withMtu(500)).hasMessageContaining("MTU");
        assertThatThrownBy(() -> options.withMtu(70_000)).hasMessageContaining("MTU");
        assertThatThrownBy(() -> new LinkOptions(
                        "edge",
                        "fw1",
                        ipv6,
                        7753,
                        group,
                        List.of(),
                        1500,
                        Duration.ofMillis(500),
                        Duration.ofMillis(750),
                        Duration.ofMillis(500)))
                .hasMessageContaining("different IP versions");
    }
}
