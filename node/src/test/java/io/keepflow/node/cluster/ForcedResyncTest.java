package io.keepflow.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import io.keepflow.node.cluster.SimulatedCluster.Node;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.v1.Frame;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An operator has everything fetched anew where nothing seems to differ: it is done, and nothing ends it before. */
final class ForcedResyncTest {
    private static final int FLOWS = 4_000;

    private final SimulatedCluster cluster = new SimulatedCluster();
    private final Node one = cluster.start("one");
    private final Node two = cluster.start("two");
    private final List<Flow> flows =
            new ArrayList<>(IntStream.range(0, FLOWS).mapToObj(FlowTexts::tcp).toList());
    private long snapshotsBefore;

    @BeforeEach
    void fill() {
        one.active();
        two.standby();
        flows.forEach(one.kernel::packet);
        cluster.run(2000);
        cluster.assertAllHold(flows);
        assertThat(two.peer("one").complete()).isTrue();
        snapshotsBefore = two.counts.snapshots.sum();
    }

    private void force() {
        two.replicator.resync(List.of("one"));
        assertThat(two.peer("one").complete()).isFalse();
    }

    private long snapshots() {
        return two.counts.snapshots.sum() - snapshotsBefore;
    }

    /** The accounts agree at every heartbeat, and would end what was not forced before it begins. */
    @Test
    void everythingIsFetchedThoughNothingDiffers() {
        long bytes = one.counts.bytesSent(Traffic.SNAPSHOT).sum();
        force();
        cluster.run(2000);
        assertThat(two.peer("one").complete()).isTrue();
        assertThat(snapshots()).isEqualTo(1);
        assertThat(one.counts.bytesSent(Traffic.SNAPSHOT).sum() - bytes).isGreaterThan(FLOWS * 8L);
        assertThat(one.counts.snapshotsCancelled.sum()).isZero();
        cluster.assertAllHold(flows);
    }

    @Test
    void onlyTheNamedPeersAreAsked() {
        two.replicator.resync(List.of("three"));
        cluster.run(2000);
        assertThat(snapshots()).isZero();
    }

    /** Neither heartbeats that agree nor a differential are taken for it: it is asked for again after 5 s. */
    @Test
    void itIsNotOverBeforeTheSnapshotHasCome() {
        AtomicInteger lost = lose(one, Frame::hasSnapshotBegin, 1);
        force();
        cluster.run(4_000);
        assertThat(lost.get()).isPositive();
        assertThat(two.peer("one").complete()).isFalse();
        assertThat(snapshots()).isZero();
        cluster.run(4_000);
        assertThat(two.peer("one").complete()).isTrue();
        assertThat(snapshots()).isEqualTo(1);
    }

    @Test
    void itSurvivesACutLink() {
        lose(one, Frame::hasSnapshotBegin, 1);
        force();
        cluster.run(500);
        cluster.island(two, true);
        cluster.run(1_000);
        cluster.island(two, false);
        cluster.run(3_000);
        assertThat(two.peer("one").complete()).isTrue();
        assertThat(snapshots()).isEqualTo(1);
        cluster.assertAllHold(flows);
    }

    /** The accounts are of identities and versions: they do not see what a bug or a broken memory has done to a state. */
    @Test
    void itReplacesEvenWhatHasTheRightVersion() {
        Flow wrong = new Flow();
        int slot = two.table.find(flows.get(7));
        two.table.load(slot, wrong);
        wrong.mark = 0xbad;
        two.table.store(slot, wrong);
        two.kernel.entry(flows.get(7)).flow.mark = 0xbad;
        cluster.run(5_000);
        assertThat(two.peer("one").complete()).isTrue();
        assertThat(two.kernel.entry(flows.get(7)).flow.mark).isEqualTo(0xbad);
        force();
        cluster.run(2_000);
        cluster.assertAllHold(flows);
    }

    /** The order is over with the first snapshot; what still differs then is repaired as at any time. */
    @Test
    void whatASnapshotLacksIsRepairedByADifferential() {
        AtomicInteger lost = lose(one, frame -> frame.getSnapshot() != 0, 2);
        force();
        cluster.run(8_000);
        assertThat(lost.get()).isPositive();
        assertThat(two.counts.snapshotFailures.sum()).isEqualTo(1);
        assertThat(two.counts.differentials.sum()).isEqualTo(1);
        assertThat(two.peer("one").complete()).isTrue();
        cluster.assertAllHold(flows);
    }

    @Test
    void flowsThatChangeMeanwhileAreAsTheirOwnerHasThem() {
        force();
        for (int i = 0; i < 500; i++) {
            one.kernel.end(flows.removeFirst());
            Flow newcomer = FlowTexts.tcp(100_000 + i);
            flows.add(newcomer);
            one.kernel.packet(newcomer);
            flows.get(1_000).mark++;
            one.kernel.packet(flows.get(1_000));
            if (i % 100 == 0) {
                cluster.run(20);
            }
        }
        cluster.run(3_000);
        assertThat(two.peer("one").complete()).isTrue();
        assertThat(snapshots()).isEqualTo(1);
        cluster.assertAllHold(flows);
    }

    /** What is under way began before the order. */
    @Test
    void anOrderDuringASnapshotBeginsAnew() {
        long sent = one.counts.snapshotsSent.sum();
        AtomicInteger lost = lose(one, Frame::hasSnapshotEnd, 1);
        force();
        cluster.run(1_000);
        assertThat(lost.get()).isEqualTo(1);
        assertThat(two.peer("one").progress()).isEqualTo(1);
        force();
        assertThat(two.peer("one").progress()).isZero();
        cluster.run(1_000);
        assertThat(two.peer("one").complete()).isTrue();
        assertThat(snapshots()).isEqualTo(1);
        assertThat(one.counts.snapshotsSent.sum() - sent).isEqualTo(2);
        cluster.assertAllHold(flows);
    }

    /** Both ways at once, the active node from the one that stands by as well. */
    @Test
    void anActiveNodeMayFetchFromOneThatStandsBy() {
        one.replicator.resync(List.of("two"));
        force();
        cluster.run(3_000);
        assertThat(one.peer("two").complete()).isTrue();
        assertThat(two.peer("one").complete()).isTrue();
        cluster.assertAllHold(flows);
    }

    /** The network takes none of the first {@code times} broadcasts that are such. */
    private static AtomicInteger lose(Node sender, Predicate<Frame> such, int times) {
        AtomicInteger lost = new AtomicInteger();
        sender.link.tap = payload -> {
            if (such.test(parse(payload)) && lost.getAndIncrement() < times) {
                throw new Link.LinkException("lost", new IOException("by the test"));
            }
        };
        return lost;
    }

    private static Frame parse(byte[] payload) {
        try {
            return Frame.parseFrom(payload);
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }
}
