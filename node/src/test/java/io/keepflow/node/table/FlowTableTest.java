package io.keepflow.node.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.protocol.Flow;
import io.keepflow.protocol.testkit.FlowSamples;
import io.keepflow.protocol.testkit.Seed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Records under identities: found, kept, freed and used again. */
class FlowTableTest {
    private final Owners owners = new Owners("fw1", 11);
    private final FlowTable table = new FlowTable(1 << 20, owners, 42);
    private final Flow read = new Flow();

    @Test
    void everyFieldOfARecordComesBack() {
        Random random = Seed.random();
        for (int i = 0; i < 20_000; i++) {
            Flow flow = FlowSamples.random(random);
            if (table.find(flow) < 0) {
                int slot = table.add(flow);
                table.load(slot, read);
                assertThat(FlowSamples.text(read)).isEqualTo(FlowSamples.text(flow));
            }
        }
    }

    @Test
    void aRecordLeavesNothingOfItsSlotsLastFlowBehind() {
        Random random = Seed.random();
        int slot = 0;
        for (int i = 0; i < 5_000; i++) {
            Flow flow = FlowSamples.random(random);
            slot = table.add(flow);
            read.set(FlowSamples.random(random));
            table.load(slot, read);
            assertThat(FlowSamples.text(read)).isEqualTo(FlowSamples.text(flow));
            assertThat(table.release(slot)).isTrue();
        }
        assertThat(slot).as("the one slot was used again and again").isZero();
        assertThat(table.slots()).isEqualTo(1);
    }

    @Test
    void storingReplacesAllButIdentityOwnershipAndControl() {
        Flow flow = FlowSamples.snatted(5);
        int slot = table.add(flow);
        table.assign(slot, owners.self(), 9);
        table.set(slot, FlowTable.IN_KERNEL);
        table.armedUntil(slot, 123);
        flow.timeout = 10;
        flow.tcpState = 7;
        flow.reply.l4Dst = 1;
        table.store(slot, flow);
        table.load(slot, read);
        assertThat(FlowSamples.text(read)).isEqualTo(FlowSamples.text(flow));
        assertThat(table.version(slot)).isEqualTo(9);
        assertThat(table.isOwn(slot)).isTrue();
        assertThat(table.is(slot, FlowTable.IN_KERNEL)).isTrue();
        assertThat(table.armedUntil(slot)).isEqualTo(123);
    }

    /** Flows that differ in one field of the identity. */
    static List<Consumer<Flow>> differences() {
        return List.of(
                flow -> flow.protocol = Flow.UDP,
                flow -> flow.family = Flow.IPV6,
                flow -> flow.zone = 1,
                flow -> flow.zoneOriginal = 1,
                flow -> flow.original.srcLow++,
                flow -> flow.original.dstLow++,
                flow -> flow.original.l4Src++,
                flow -> flow.original.l4Dst++);
    }

    @ParameterizedTest
    @MethodSource("differences")
    void oneDifferentFieldMakesAnotherFlow(Consumer<Flow> difference) {
        Flow flow = FlowSamples.snatted(5);
        int slot = table.add(flow);
        Flow other = FlowSamples.copy(flow);
        difference.accept(other);
        assertThat(table.find(other)).isEqualTo(-1);
        int otherSlot = table.add(other);
        assertThat(table.find(other)).isEqualTo(otherSlot);
        assertThat(table.find(flow)).isEqualTo(slot).isNotEqualTo(otherSlot);
    }

    @Test
    void ipv6HalvesArePartOfTheIdentity() {
        Flow flow = FlowSamples.udp(1);
        flow.family = Flow.IPV6;
        flow.original.srcHigh = 1;
        flow.original.dstHigh = 2;
        table.add(flow);
        Flow other = FlowSamples.copy(flow);
        other.original.srcHigh = 3;
        assertThat(table.find(other)).isEqualTo(-1);
        other.original.srcHigh = 1;
        other.original.dstHigh = 3;
        assertThat(table.find(other)).isEqualTo(-1);
    }

    @Test
    void whatIsNotPartOfTheIdentityDoesNotHideAFlow() {
        Flow flow = FlowSamples.snatted(5);
        int slot = table.add(flow);
        flow.reply.clear();
        flow.zoneReply = 3;
        flow.status = flow.timeout = flow.mark = flow.tcpState = 0;
        assertThat(table.find(flow)).isEqualTo(slot);
    }

    @Test
    void behavesLikeItsModel() {
        Random random = Seed.random();
        List<Flow> flows = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            flows.add(FlowSamples.udp(i));
        }
        Map<Integer, Integer> slotOfFlow = new HashMap<>();
        for (int i = 0; i < 200_000; i++) {
            int number = random.nextInt(flows.size());
            Flow flow = flows.get(number);
            Integer slot = slotOfFlow.get(number);
            assertThat(table.find(flow)).isEqualTo(slot == null ? -1 : slot);
            if (slot == null) {
                slotOfFlow.put(number, table.add(flow));
            } else if (random.nextBoolean()) {
                assertThat(table.release(slot)).isTrue();
                assertThat(table.isUsed(slot)).isFalse();
                slotOfFlow.remove(number);
            }
            assertThat(table.size()).isEqualTo(slotOfFlow.size());
        }
        assertThat(Set.copyOf(slotOfFlow.values())).as("no slot twice").hasSameSizeAs(slotOfFlow.values());
        assertThat(table.slots()).as("free slots are used again").isLessThanOrEqualTo(flows.size());
    }

    @Test
    void growsTo200000() {
        Set<Integer> slots = new HashSet<>();
        for (int i = 0; i < 200_000; i++) {
            slots.add(table.add(FlowSamples.udp(i)));
        }
        assertThat(slots).hasSize(200_000);
        for (int i = 0; i < 200_000; i++) {
            table.load(table.find(FlowSamples.udp(i)), read);
            assertThat(read.original.l4Src).isEqualTo(i & 0xffff);
        }
    }

    @Test
    void aFullTableSaysSoUntilSomethingLeaves() {
        FlowTable small = new FlowTable(3, owners, 1);
        for (int i = 0; i < 3; i++) {
            assertThat(small.add(FlowSamples.udp(i))).isEqualTo(i);
        }
        assertThat(small.add(FlowSamples.udp(3))).isEqualTo(-1);
        assertThat(small.find(FlowSamples.udp(3))).isEqualTo(-1);
        assertThat(small.size()).isEqualTo(3);
        assertThat(small.release(1)).isTrue();
        assertThat(small.add(FlowSamples.udp(3))).isEqualTo(1);
    }

    @Test
    void aGoneFlowStaysUntilBothSinksHaveLetGo() {
        int slot = table.add(FlowSamples.udp(1));
        table.set(slot, FlowTable.GONE);
        table.toPublish().mark(slot, true, 0);
        table.toInject().mark(slot, false, 0);

        assertThat(table.release(slot)).isFalse();
        table.toPublish().pollUrgent();
        assertThat(table.release(slot)).isFalse();
        assertThat(table.find(FlowSamples.udp(1))).isEqualTo(slot);
        assertThat(table.isUsed(slot)).isTrue();
        assertThat(table.isLive(slot)).isFalse();
        table.toInject().pollLazy(1);

        assertThat(table.release(slot)).isTrue();
        assertThat(table.find(FlowSamples.udp(1))).isEqualTo(-1);
        assertThat(table.isUsed(slot)).isFalse();
    }

    @Test
    void aNewRecordIsNobodysAndStartsAtZero() {
        int slot = table.add(FlowSamples.udp(1));
        table.assign(slot, owners.self(), 5);
        table.armedUntil(slot, 5);
        table.snapshotTag(slot, 200);
        table.attempts(slot, 5);
        table.set(slot, FlowTable.RECREATE | FlowTable.EVICT | FlowTable.GONE);
        table.seen(slot);
        table.release(slot);

        assertThat(table.add(FlowSamples.udp(2))).isEqualTo(slot);
        assertThat(table.ownerIndex(slot)).isEqualTo(Owners.NOBODY);
        assertThat(table.version(slot)).isZero();
        assertThat(table.armedUntil(slot)).isZero();
        assertThat(table.snapshotTag(slot)).isZero();
        assertThat(table.attempts(slot)).isZero();
        assertThat(table.is(slot, -1 ^ 1 << 3))
                .as("any control bit but that of use")
                .isFalse();
        assertThat(table.isLive(slot)).isTrue();
    }

    /** Bits, attempts and both tags share one word. */
    @Test
    void controlFieldsDoNotTouchEachOther() {
        int slot = table.add(FlowSamples.udp(1));
        int[] bits = {FlowTable.IN_KERNEL, FlowTable.GONE, FlowTable.RECREATE, FlowTable.EVICT};
        Random random = Seed.random();
        Set<Integer> set = new HashSet<>();
        int attempts = 0;
        int tag = 0;
        for (int i = 0; i < 20_000; i++) {
            int bit = bits[random.nextInt(bits.length)];
            switch (random.nextInt(4)) {
                case 0 -> {
                    table.set(slot, bit);
                    set.add(bit);
                }
                case 1 -> {
                    table.unset(slot, bit);
                    set.remove(bit);
                }
                case 2 -> {
                    attempts = random.nextInt(8);
                    table.attempts(slot, attempts);
                }
                default -> {
                    tag = random.nextInt(256);
                    table.snapshotTag(slot, tag);
                }
            }
            for (int one : bits) {
                assertThat(table.is(slot, one)).isEqualTo(set.contains(one));
            }
            assertThat(table.attempts(slot)).isEqualTo(attempts);
            assertThat(table.snapshotTag(slot)).isEqualTo(tag);
            assertThat(table.isUsed(slot)).isTrue();
        }
    }

    @Test
    void anAuditMissesWhatWasInTheKernelAndHasNotBeenSeenSince() {
        int seen = table.add(FlowSamples.udp(1));
        int unseen = table.add(FlowSamples.udp(2));
        int never = table.add(FlowSamples.udp(3));
        table.seen(seen);
        table.seen(unseen);
        for (int audit = 1; audit <= 600; audit++) {
            table.beginAudit();
            assertThat(table.isMissed(seen))
                    .as("audit %d has just begun", audit)
                    .isTrue();
            table.seen(seen);
            assertThat(table.isMissed(seen)).isFalse();
            assertThat(table.isMissed(never)).isFalse();
            if (audit % 255 != 0) {
                assertThat(table.isMissed(unseen)).isTrue();
            }
        }
        table.unset(unseen, FlowTable.IN_KERNEL);
        assertThat(table.isMissed(unseen)).as("nobody believes it there").isFalse();
    }
}
