package io.keepflow.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.node.cluster.SimulatedCluster.Node;
import io.keepflow.protocol.Flow;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What nodes tell each other when nothing happens, and how soon they tell more when something does. */
final class RestTest {
    private final SimulatedCluster cluster = new SimulatedCluster();
    private final Node one = cluster.start("one");
    private final Node two = cluster.start("two");
    private final List<Flow> flows =
            IntStream.range(0, 100).mapToObj(FlowTexts::tcp).toList();
    private int frames;

    @BeforeEach
    void settle() {
        one.active();
        two.standby();
        flows.forEach(one.kernel::packet);
        cluster.run(10_000);
        cluster.assertAllHold(flows);
        one.link.tap = _ -> frames++;
        two.link.tap = _ -> frames++;
    }

    @Test
    void nodesAtRestTellTheirStateTwiceASecond() {
        assertThat(one.replicator.isAtRest()).isTrue();
        cluster.run(10_000);
        assertThat(frames).isEqualTo(2 * 20);
        assertThat(one.replicator.isAtRest()).isTrue();
    }

    @Test
    void somethingToTellEndsTheRestOfBoth() {
        one.kernel.end(flows.getFirst());
        cluster.run(100);
        assertThat(one.replicator.isAtRest()).isFalse();
        assertThat(two.replicator.isAtRest()).isFalse();
        frames = 0;
        cluster.run(1000);
        assertThat(frames).isGreaterThanOrEqualTo(2 * 9);
        cluster.run(1000);
        assertThat(one.replicator.isAtRest()).isTrue();
        assertThat(two.replicator.isAtRest()).isTrue();
    }

    @Test
    void aNodeThatLacksSomethingHasNoRest() {
        two.frozen = true;
        flows.forEach(flow -> flow.mark++);
        flows.forEach(one.kernel::packet);
        cluster.run(5000);
        assertThat(one.replicator.isAtRest()).isFalse();
        two.frozen = false;
        cluster.run(3000);
        assertThat(one.replicator.isAtRest()).isTrue();
        cluster.assertAllHold(flows);
    }
}
