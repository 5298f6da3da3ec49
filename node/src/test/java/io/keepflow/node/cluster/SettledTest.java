package io.keepflow.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import io.keepflow.node.cluster.SimulatedCluster.Node;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.v1.Frame;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** When an active node says that it has claimed and published all that it will: its standbys then drop what nobody owns. */
final class SettledTest {
    private final SimulatedCluster cluster = new SimulatedCluster();
    private final Node one = cluster.start("one");
    private final Node two = cluster.start("two");
    private boolean saysSettled;

    private void listen(Node node) {
        node.link.tap = payload -> {
            try {
                Frame frame = Frame.parseFrom(payload);
                if (frame.hasHeartbeat()) {
                    saysSettled = frame.getHeartbeat().getSettled();
                }
            } catch (InvalidProtocolBufferException e) {
                throw new AssertionError(e);
            }
        };
    }

    @Test
    void aNodeThatAlwaysHasSomethingToPublishSettles() {
        listen(one);
        Flow leftover = FlowTexts.tcp(1);
        two.kernel.listen(null);
        two.kernel.packet(leftover);
        two.kernel.listen(two.capture);
        two.audit();
        one.active();
        two.standby();
        for (int i = 0; i < 200; i++) {
            Flow handshake = FlowTexts.tcp(1000 + i);
            handshake.tcpState = 1;
            handshake.status = Flow.IPS_CONFIRMED;
            one.kernel.packet(handshake);
            cluster.run(20);
            assertThat(one.table.toPublish().isEmpty()).isFalse();
        }
        assertThat(saysSettled).isTrue();
        assertThat(two.kernel.entry(leftover)).isNull();
    }

    @Test
    void aNodeSettlesOnlyWhenAllThatItClaimedIsPublished() {
        Node three = cluster.start("three");
        three.standby();
        one.active();
        two.standby();
        List<Flow> flows =
                IntStream.range(0, 100_000).mapToObj(FlowTexts::varied).toList();
        flows.forEach(one.kernel::packet);
        cluster.run(1000);
        cluster.assertAllHold(flows);
        three.frozen = true;
        cluster.stop(one);
        listen(two);
        two.active();
        cluster.run(2000);
        assertThat(two.table.owners().self().published()).isBetween(1L, 99_999L);
        assertThat(saysSettled).isFalse();
        three.frozen = false;
        cluster.run(2000);
        assertThat(saysSettled).isTrue();
        cluster.assertAllHold(flows);
    }
}
