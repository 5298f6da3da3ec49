package io.keepflow.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.protocol.testkit.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The log against a list that forgets nothing. */
class FrameLogTest {
    private static final int FRAMES = 8;
    private static final long NOW = 1_000_000;

    private final FrameLog log = new FrameLog(FRAMES);

    @Test
    void anEmptyLogHasNothingUnderWay() {
        assertThat(log.sequence()).isZero();
        assertThat(log.flowsAfter(0)).isZero();
        assertThat(log.capturedAfter(0, NOW)).isEqualTo(NOW);
    }

    @Test
    void whatIsNotAcknowledgedIsUnderWay() {
        log.sent(3, 100);
        log.sent(4, 200);
        log.sent(5, 300);
        assertThat(log.sequence()).isEqualTo(3);
        assertThat(log.flowsAfter(0)).isEqualTo(12);
        assertThat(log.flowsAfter(1)).isEqualTo(9);
        assertThat(log.flowsAfter(3)).isZero();
        assertThat(log.capturedAfter(0, NOW)).isEqualTo(100);
        assertThat(log.capturedAfter(2, NOW)).isEqualTo(300);
        assertThat(log.capturedAfter(3, NOW)).isEqualTo(NOW);
    }

    @Test
    void anAcknowledgementOfWhatWasNeverSentIsNoLag() {
        log.sent(3, 100);
        assertThat(log.flowsAfter(99)).isZero();
        assertThat(log.capturedAfter(99, NOW)).isEqualTo(NOW);
    }

    @Test
    void behavesLikeAListWithinItsWindowAndNeverSaysMoreThanItBeyond() {
        Random random = Seed.random();
        List<Integer> flows = new ArrayList<>();
        List<Long> captured = new ArrayList<>();
        for (int sequence = 1; sequence <= 5_000; sequence++) {
            flows.add(random.nextInt(30));
            captured.add(sequence * 10L);
            log.sent(flows.getLast(), captured.getLast());
            int acknowledged = random.nextInt(sequence + 1);
            long flowsAfter = flows.subList(acknowledged, sequence).stream()
                    .mapToLong(Integer::longValue)
                    .sum();
            if (sequence - acknowledged < FRAMES) {
                assertThat(log.flowsAfter(acknowledged)).isEqualTo(flowsAfter);
                assertThat(log.capturedAfter(acknowledged, NOW))
                        .isEqualTo(acknowledged == sequence ? NOW : captured.get(acknowledged));
            } else {
                assertThat(log.flowsAfter(acknowledged)).isBetween(0L, flowsAfter);
                assertThat(log.capturedAfter(acknowledged, NOW)).isEqualTo(captured.get(sequence - FRAMES + 1));
            }
        }
    }
}
