package io.keepflow.node.cluster;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keepflow.protocol.Flow;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The checker itself: it must not sleep through a flow that comes back. */
final class EndedFlowsTest {
    private static final int STRANGERS_PORT_ID = 4711;

    private final SimulatedCluster cluster = new SimulatedCluster();
    private final SimulatedCluster.Node one = cluster.start("one");
    private final SimulatedCluster.Node two = cluster.start("two");
    private final EndedFlows ended = new EndedFlows(cluster);
    private final Flow flow = FlowTexts.tcp(1);

    @BeforeEach
    void end() {
        one.active();
        two.standby();
        one.kernel.packet(flow);
        cluster.run(300);
        one.kernel.end(flow);
        ended.end(flow);
        look();
    }

    private void look() {
        for (int i = 0; i < 5; i++) {
            cluster.run(1000);
            ended.look();
        }
    }

    @Test
    void whatComesBackWithoutPacketsIsAResurrection() {
        two.kernel.change(flow, STRANGERS_PORT_ID);
        assertThatThrownBy(ended::look).isInstanceOf(AssertionError.class).hasMessageContaining("resurrection");
    }

    @Test
    void whatComesBackWithPacketsIsAnotherFlow() {
        one.kernel.packet(flow);
        ended.packet(flow);
        assertThatCode(this::look).doesNotThrowAnyException();
    }
}
