package io.keepflow.node.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.protocol.Flow;
import io.keepflow.protocol.testkit.FlowSamples;
import io.keepflow.protocol.testkit.Seed;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What only few flows have, kept with the flow and no longer than it. */
class ExtensionRecordsTest {
    private static final int FLOWS = 5_000;

    @Test
    void everyFlowHasItsOwnAgainstAModel() {
        Random random = Seed.random();
        FlowTable table = new FlowTable(FLOWS, new Owners("self", 1), 42);
        Map<Integer, Flow> model = new HashMap<>();
        for (int i = 0; i < 60_000; i++) {
            Flow flow = FlowSamples.random(random);
            int slot = model.isEmpty() || random.nextInt(3) > 0 ? table.add(flow) : pick(model, random);
            if (slot >= 0 && model.containsKey(slot) && random.nextBoolean()) {
                table.set(slot, FlowTable.GONE);
                assertThat(table.release(slot)).isTrue();
                model.remove(slot);
            } else if (slot >= 0) {
                store(table, model, slot, flow);
            }
        }
        int extended = 0;
        Flow loaded = new Flow();
        for (Map.Entry<Integer, Flow> entry : model.entrySet()) {
            table.load(entry.getKey(), loaded);
            assertThat(FlowSamples.text(loaded)).isEqualTo(FlowSamples.text(entry.getValue()));
            assertThat(table.isExtended(entry.getKey()))
                    .isEqualTo(entry.getValue().isExtended());
            extended += entry.getValue().isExtended() ? 1 : 0;
        }
        assertThat(table.extended()).isEqualTo(extended);
        assertThat(table.extensionRecords()).isLessThanOrEqualTo(FLOWS);
        assertThat(walk(table, Flow.HAS_HELPER)).isEqualTo(with(model, Flow.HAS_HELPER));
        assertThat(walk(table, Flow.HAS_MASTER | Flow.HAS_LABELS))
                .isEqualTo(with(model, Flow.HAS_MASTER | Flow.HAS_LABELS));
    }

    private static void store(FlowTable table, Map<Integer, Flow> model, int slot, Flow flow) {
        Flow known = model.get(slot);
        if (known != null) {
            if (flow.family != known.family) {
                flow.reply.set(known.reply);
            }
            flow.family = known.family;
            flow.protocol = known.protocol;
            flow.original.set(known.original);
            flow.zone = known.zone;
            flow.zoneOriginal = known.zoneOriginal;
            flow.present &= ~(Flow.HAS_TCP | Flow.HAS_SCTP);
            flow.tcpState = flow.tcpFlagsOriginal = flow.tcpFlagsReply = 0;
            flow.tcpWindowScaleOriginal = flow.tcpWindowScaleReply = 0;
            flow.sctpState = flow.sctpVtagOriginal = flow.sctpVtagReply = 0;
            table.store(slot, flow);
        }
        model.put(slot, FlowSamples.copy(flow));
    }

    private static int pick(Map<Integer, Flow> model, Random random) {
        return model.keySet().stream()
                .skip(random.nextInt(Math.min(model.size(), 50)))
                .findFirst()
                .orElseThrow();
    }

    private static Set<Integer> walk(FlowTable table, int groups) {
        Set<Integer> slots = new HashSet<>();
        for (int record = 0; record < table.extensionRecords(); record++) {
            int slot = table.extendedSlot(record, groups);
            if (slot >= 0) {
                assertThat(slots.add(slot)).isTrue();
            }
        }
        return slots;
    }

    private static Set<Integer> with(Map<Integer, Flow> model, int groups) {
        Set<Integer> slots = new HashSet<>();
        model.forEach((slot, flow) -> {
            if (flow.has(groups)) {
                slots.add(slot);
            }
        });
        return slots;
    }

    @Test
    void aMasterIsFoundByWhatItsFlowSaysOfIt() {
        FlowTable table = new FlowTable(10, new Owners("self", 1), 42);
        Flow master = FlowSamples.snatted(1);
        master.zone = 3;
        Flow related = FlowSamples.udp(2);
        related.zone = 3;
        assertThat(table.findMaster(related)).as("it has none").isEqualTo(-1);
        related.extensions.master.set(master.original);
        related.extensions.masterProtocol = Flow.TCP;
        related.present |= Flow.HAS_MASTER;
        assertThat(table.findMaster(related)).as("it is not here").isEqualTo(-1);
        int slot = table.add(master);
        assertThat(table.findMaster(related)).isEqualTo(slot);
        related.zone = 4;
        assertThat(table.findMaster(related)).as("in another zone").isEqualTo(-1);
    }
}
