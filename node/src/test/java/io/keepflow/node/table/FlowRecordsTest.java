package io.keepflow.node.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.protocol.Flow;
import io.keepflow.protocol.testkit.FlowSamples;
import io.keepflow.protocol.testkit.Seed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

    /** The index looks only at hashes, so this alone tells flows apart whose hashes agree. */
    @ParameterizedTest
    @ValueSource(ints = {Flow.IPV4, Flow.IPV6})
    void everyPartOfAnIdentityCounts(int family) {
        Flow flow = FlowSamples.udp(7);
        flow.family = family;
        int slot = records.add(flow);
        List<Consumer<Flow>> changes = new ArrayList<>(List.of(
                other -> other.original.srcLow ^= 1,
                other -> other.original.dstLow ^= 1,
                other -> other.original.l4Src ^= 1,
                other -> other.original.l4Dst ^= 1,
                other -> other.protocol ^= 1,
                other -> other.zone ^= 1,
                other -> other.zoneOriginal ^= 1));
        if (family == Flow.IPV6) {
            changes.add(other -> other.original.srcHigh ^= 1);
            changes.add(other -> other.original.dstHigh ^= 1);
        }
        for (Consumer<Flow> change : changes) {
            Flow other = FlowSamples.copy(flow);
            assertThat(records.sameIdentity(slot, other)).isTrue();
            change.accept(other);
            assertThat(records.sameIdentity(slot, other))
                    .as(FlowSamples.identity(other))
                    .isFalse();
        }
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
