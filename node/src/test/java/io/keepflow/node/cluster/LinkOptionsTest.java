package io.keepflow.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Defaults that an upgrade must not change silently, since nodes of one cluster have to agree on them. */
class LinkOptionsTest {
    private final InetAddress ipv4 = InetAddress.ofLiteral("10.9.0.1");
    private final InetAddress ipv6 = InetAddress.ofLiteral("fd00::1");

    @Test
    void defaultsOverMulticast() {
        LinkOptions options = LinkOptions.multicast("edge", "fw1", ipv4);
        assertThat(options)
                .isEqualTo(new LinkOptions(
                        "edge",
                        "fw1",
                        ipv4,
                        9753,
                        new InetSocketAddress("239.67.43.1", 9753),
                        List.of(),
                        1500,
                        Duration.ofMillis(500),
                        Duration.ofMillis(750),
                        Duration.ofMillis(500)));
        assertThat(LinkOptions.multicast("edge", "fw1", ipv6).multicast())
                .isEqualTo(new InetSocketAddress("ff15::4b46:1", 9753));
    }

    @Test
    void eitherMulticastOrMembers() {
        List<InetSocketAddress> members = List.of(new InetSocketAddress(ipv4, 9753));
        assertThat(LinkOptions.unicast("edge", "fw1", ipv4, members).multicast())
                .isNull();
        assertThatThrownBy(() -> LinkOptions.unicast("edge", "fw1", ipv4, List.of()))
                .hasMessageContaining("either a multicast group or a list of members");
    }

    @Test
    void impossibleValuesAreRefused() {
        LinkOptions options = LinkOptions.multicast("edge", "fw1", ipv4);
        assertThatThrownBy(() -> options.withMtu(500)).hasMessageContaining("MTU");
        assertThatThrownBy(() -> options.withMtu(70_000)).hasMessageContaining("MTU");
        assertThatThrownBy(() -> new LinkOptions(
                        "edge",
                        "fw1",
                        ipv6,
                        9753,
                        new InetSocketAddress("239.67.43.1", 9753),
                        List.of(),
                        1500,
                        Duration.ofMillis(500),
                        Duration.ofMillis(750),
                        Duration.ofMillis(500)))
                .hasMessageContaining("different IP versions");
    }
}
