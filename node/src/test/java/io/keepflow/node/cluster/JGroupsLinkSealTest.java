package io.keepflow.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keepflow.crypto.ClusterKey;
import io.keepflow.crypto.Rejection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an attacker on the sync link sees and gets in: nothing. */
class JGroupsLinkSealTest {
    private static final String MARKER = "keepflow-secret-payload";

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

    @Test
    void nothingIsInClearOnTheWire() throws Exception {
        JGroupsLinkMember first = net.host().join(key);
        JGroupsLinkNet.Host leaving = net.host();
        JGroupsLinkMember second = leaving.join(key);
        first.awaitView(2);
        first.broadcast(MARKER);
        second.awaitMessage(first, MARKER);
        second.close();
        first.awaitView(1);

        List<byte[]> frames = capture.frames();
        assertThat(capture.datagrams()).as("captured datagrams").hasSizeGreaterThan(20);
        assertThat(capture.datagrams()).allMatch(datagram -> datagram[0] == 1, "starts with the version of the seal");
        byte[] address = addressBytes(first.link.self());
        for (byte[] frame : frames) {
            String text = new String(frame, StandardCharsets.ISO_8859_1);
            assertThat(text)
                    .doesNotContain(
                            MARKER, "edge-cluster", "node-port", new String(address, StandardCharsets.ISO_8859_1));
        }
    }

    private static byte[] addressBytes(MemberId member) {
        return java.nio.ByteBuffer.allocate(16)
                .putLong(member.uuid().getMostSignificantBits())
                .putLong(member.uuid().getLeastSignificantBits())
                .array();
    }

    @Test
    void aMemberWithAnotherKeyJoinsNothingAndIsCounted() throws Exception {
        JGroupsLinkMember first = net.host().join(key);
        JGroupsLinkMember stranger = net.host().join(ClusterKey.generate());
        assertThat(stranger.viewSize()).as("the stranger is alone").isEqualTo(1);
        stranger.broadcast(MARKER);
        first.broadcast(MARKER);
        await().until(() -> first.rejected(Rejection.KEY) > 5 && stranger.rejected(Rejection.KEY) > 5);
        assertThat(first.viewSize()).isEqualTo(1);
        assertThat(stranger.viewSize()).isEqualTo(1);
        assertThat(first.received).isEmpty();
        assertThat(stranger.received).isEmpty();
    }

    @Test
    void aMemberOfAnotherClusterWithTheSameKeyStaysAlone() throws Exception {
        JGroupsLinkMember first = net.host().join(key);
        JGroupsLinkNet.Host host = net.host();
        JGroupsLinkMember other = host.join(host.multicast("core-cluster", host.ipv4), key);
        other.broadcast(MARKER);
        assertThat(other.viewSize()).isEqualTo(1);
        assertThat(first.viewSize()).isEqualTo(1);
        assertThat(first.received).isEmpty();
    }

    @Test
    void recordedDatagramsAreReplaysForARunningMember() throws Exception {
        JGroupsLinkNet.Host target = net.host();
        JGroupsLinkMember first = target.join(key);
        JGroupsLinkMember second = net.host().join(key);
        first.awaitView(2);
        for (int i = 0; i < 50; i++) {
            second.broadcast(MARKER + i);
        }
        first.awaitMessage(second, MARKER + 49);
        List<byte[]> recorded = recordedAfter(50);
        int receivedBefore = first.received.size();
        long replaysBefore = first.rejected(Rejection.REPLAY);

        JGroupsLinkNet.Host attacker = net.host();
        // A loaded kernel drops some of a burst, so the attacker insists.
        await().atMost(Duration.ofSeconds(20)).until(() -> {
            attacker.send(recorded, target.ipv4);
            return first.rejected(Rejection.REPLAY) >= replaysBefore + 50;
        });
        assertThat(first.received).hasSize(receivedBefore);
        assertThat(first.viewSize()).isEqualTo(2);
        assertThat(second.viewSize()).isEqualTo(2);
    }

    /** What the wiretap has, once it holds these broadcasts and what made the view before them. */
    private List<byte[]> recordedAfter(int broadcasts) {
        await().atMost(Duration.ofSeconds(20)).until(() -> capture.datagrams().size() > broadcasts + 10);
        return capture.datagrams();
    }

    @Test
    void recordedDatagramsOfADeadClusterGetNothingIntoARestartedMember() throws Exception {
        JGroupsLinkNet.Host target = net.host();
        JGroupsLinkMember first = target.join(key);
        JGroupsLinkNet.Host other = net.host();
        JGroupsLinkMember second = other.join(key);
        first.awaitView(2);
        for (int i = 0; i < 50; i++) {
            second.broadcast(MARKER + i);
        }
        first.awaitMessage(second, MARKER + 49);
        List<byte[]> recorded = recordedAfter(50);
        first.close();
        second.close();

        JGroupsLinkMember restarted = target.join(key);
        JGroupsLinkNet.Host attacker = net.host();
        long receivedBefore = restarted.link.traffic().datagramsReceived();
        await().atMost(Duration.ofSeconds(20)).until(() -> {
            attacker.send(recorded, target.ipv4);
            return restarted.link.traffic().datagramsReceived() >= receivedBefore + recorded.size() / 2
                    && restarted.rejected(Rejection.NOT_ADMITTED) > 50;
        });
        assertThat(restarted.received).isEmpty();
        assertThat(restarted.views).as("only its own view").allMatch(view -> view.size() == 1);

        JGroupsLinkMember back = other.join(key);
        restarted.awaitView(2);
        attacker.send(recorded, target.ipv4);
        back.broadcast("live");
        restarted.awaitMessage(back, "live");
        assertThat(restarted.received).hasSize(1);
    }

    @Test
    void garbageIsRejectedAndCountedAndDisturbsNobody() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        JGroupsLinkNet.Host target = net.host();
        JGroupsLinkMember first = target.join(key);
        JGroupsLinkMember second = net.host().join(key);
        first.awaitView(2);
        List<byte[]> garbage = new ArrayList<>();
        for (int i = 0; i < 900; i++) {
            byte[] datagram = new byte[random.nextInt(1400)];
            random.nextBytes(datagram);
            if (i % 3 == 0 && datagram.length > 4) {
                datagram[0] = 1;
                datagram[1] = (byte) random.nextInt(3);
                datagram[2] = 0;
                datagram[3] = 1;
            }
            garbage.add(datagram);
        }
        JGroupsLinkNet.Host attacker = net.host();
        attacker.send(garbage, target.ipv4);
        attacker.send(garbage, JGroupsLinkNet.GROUP_IPV4.getAddress());
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(first.rejected(Rejection.KEY)
                                + first.rejected(Rejection.VERSION)
                                + first.rejected(Rejection.TRUNCATED))
                        .as("seed %d; a loaded kernel drops some before they arrive", seed)
                        .isGreaterThan(garbage.size()));
        assertThat(first.rejected(Rejection.KEY)).isPositive();
        assertThat(first.rejected(Rejection.VERSION)).isPositive();
        assertThat(first.rejected(Rejection.TRUNCATED)).isPositive();
        second.broadcast("unharmed");
        first.awaitMessage(second, "unharmed");
        assertThat(first.viewSize()).isEqualTo(2);
    }
}
