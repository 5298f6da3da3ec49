package io.keepflow.node.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.protocol.Flow;
import io.keepflow.protocol.testkit.FlowSamples;
import io.keepflow.protocol.testkit.Seed;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Records of both families side by side, and what they occupy. */
class FlowRecordsTest {
    private static final int FLOWS = 10_000;

    private final Ipv6Addresses ipv6 = new Ipv6Addresses();
    private final FlowRecords records = new FlowRecords(ipv6);
    private final Flow read = new Flow();

    @Test
    void everyRecordKeepsItsAddressesWhileOthersComeAndGo() {
        Random random = Seed.random();
        Map<Integer, Flow> kept = new HashMap<>();
        for (int i = 0; i < 3 * FLOWS; i++) {
            Flow flow = FlowSamples.random(random);
            int slot = records.add(flow);
            assertThat(kept.put(slot, flow)).as("the flow whose slot was taken").isNull();
            if (random.nextInt(3) > 0) {
                int other = random.nextInt(records.slots());
                if (kept.remove(other) != null) {
                    records.remove(other);
                }
            }
        }
        assertThat(kept).hasSizeGreaterThan(FLOWS / 4);
        kept.forEach((slot, flow) -> {
            assertThat(records.sameIdentity(slot, flow)).isTrue();
            records.load(slot, read);
            assertThat(read.original.sameAs(flow.original)).isTrue();
            assertThat(read.reply.sameAs(flow.reply)).isTrue();
        });
    }

    @Test
    void aFlowDiffersFromOneOfTheOtherFamilyWithTheSameNumbers() {
        Flow ipv4 = FlowSamples.udp(7);
        Flow asIpv6 = FlowSamples.copy(ipv4);
        asIpv6.family = Flow.IPV6;
        int slot = records.add(ipv4);
        assertThat(records.sameIdentity(slot, ipv4)).isTrue();
        assertThat(records.sameIdentity(slot, asIpv6)).isFalse();
    }

    @Test
    void whatAFlowOccupiedServesTheNext() {
        Flow flow = FlowSamples.udp(7);
        flow.family = Flow.IPV6;
        for (int i = 0; i < FLOWS; i++) {
            records.remove(records.add(flow));
        }
        assertThat(records.slots()).isEqualTo(1);
        assertThat(ipv6.take())
                .as("the place of IPv6 addresses that is taken next")
                .isZero();
    }
}
