package io.keepflow.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.keepflow.crypto.ClusterKey;
import java.net.InetAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A broadcast of the largest payload is one datagram that fills the MTU and is not fragmented. */
class JGroupsLinkSizeTest {
    private static final int ETHERNET_HEADER_BYTES = 14;

    private final ClusterKey key = ClusterKey.generate();
    private JGroupsLinkNet net;
    private JGroupsLinkCapture capture;

    @BeforeEach
    void connect() throws Exception {
        net = new JGroupsLinkNet();
        capture = new JGroupsLinkCapture(net.hub);
    }

    @AfterEach
    void disconnect() throws Exception {
        capture.close();
        net.close();
    }

    @ParameterizedTest
    @CsvSource({"1500, false", "1500, true", "1280, true", "9000, false"})
    void theLargestPayloadFillsOneDatagramOfTheMtu(int mtu, boolean ipv6) throws Exception {
        JGroupsLinkMember first = join(net.host(), mtu, ipv6);
        JGroupsLinkMember second = join(net.host(), mtu, ipv6);
        first.awaitView(2);
        String payload = "x".repeat(first.link.maxPayload());
        long sentBefore = first.link.traffic().datagramsSent();
        for (int i = 0; i < 100; i++) {
            first.broadcast(payload);
        }
        long sent = first.link.traffic().datagramsSent() - sentBefore;
        assertThat(sent)
                .as("one datagram each, but for heartbeats and the like")
                .isBetween(100L, 120L);
        first.broadcast("end");
        second.awaitMessage(first, "end");
        assertThat(second.received).hasSize(101);
        // The capture's thread may be behind.
        await().until(() -> capture.frames().size() > 100);

        int largest =
                capture.frames().stream().mapToInt(frame -> frame.length).max().orElseThrow() - ETHERNET_HEADER_BYTES;
        System.out.println("[link] MTU " + mtu + (ipv6 ? " IPv6" : " IPv4") + ": payload " + payload.length()
                + ", largest packet " + largest);
        // Sequence numbers travel in 1 to 9 bytes; room is kept for the longest.
        assertThat(largest).isBetween(mtu - 8, mtu);
        assertThat(capture.frames()).noneMatch(JGroupsLinkSizeTest::isFragment);
        assertThatThrownBy(() -> first.broadcast(payload + "x")).isInstanceOf(IllegalArgumentException.class);
    }

    /** More-fragments bit or an offset in IPv4, a fragment header in IPv6. */
    private static boolean isFragment(byte[] frame) {
        int etherType = (frame[12] & 0xff) << 8 | (frame[13] & 0xff);
        return etherType == 0x0800 ? (frame[20] & 0x3f) != 0 || frame[21] != 0 : etherType == 0x86dd && frame[20] == 44;
    }

    private JGroupsLinkMember join(JGroupsLinkNet.Host host, int mtu, boolean ipv6) throws Exception {
        host.namespace.exec("ip", "link", "set", "eth0", "mtu", Integer.toString(mtu));
        net.hub.exec("ip", "link", "set", host.port, "mtu", Integer.toString(mtu));
        InetAddress address = ipv6 ? host.ipv6 : host.ipv4;
        return host.join(host.multicast("edge-cluster", address).withMtu(mtu), key);
    }
}
