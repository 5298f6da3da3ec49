package io.keepflow.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import io.keepflow.node.cluster.SimulatedCluster.Node;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.testkit.Seed;
import io.keepflow.protocol.v1.BucketTags;
import io.keepflow.protocol.v1.Delta;
import io.keepflow.protocol.v1.Differential;
import io.keepflow.protocol.v1.Differential.StepCase;
import io.keepflow.protocol.v1.DigestRequest;
import io.keepflow.protocol.v1.Digests;
import io.keepflow.protocol.v1.Frame;
import io.keepflow.protocol.v1.Holdings;
import io.keepflow.protocol.v1.SnapshotBegin;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What crosses the link when a node comes back that holds most of its peer's flows already, and what may go wrong meanwhile. */
final class DifferentialTest {
    private static final int FLOWS = 4_000;

    private final SimulatedCluster cluster = new SimulatedCluster();
    private Node one = cluster.start("one");
    private Node two = cluster.start("two");
    private final List<Flow> flows = new ArrayList<>(
            IntStream.range(0, FLOWS).mapToObj(FlowTexts::varied).toList());
    private int fresh = 100_000;

    /** The messages of a differential in their order, and who sends them. */
    enum Phase {
        DIGEST_REQUEST(false),
        DIGESTS(true),
        HOLDINGS(false),
        BEGIN(true),
        DELTAS(true),
        UNKNOWN(true),
        END(true);

        final boolean fromOwner;

        Phase(boolean fromOwner) {
            this.fromOwner = fromOwner;
        }

        boolean isIn(byte[] payload) {
            Frame frame = parse(payload);
            return switch (this) {
                case DIGEST_REQUEST -> frame.getDifferential().getStepCase() == StepCase.DIGEST_REQUEST;
                case DIGESTS -> frame.getDifferential().getStepCase() == StepCase.DIGESTS;
                case HOLDINGS -> frame.getDifferential().getStepCase() == StepCase.HOLDINGS;
                case UNKNOWN -> frame.getDifferential().getStepCase() == StepCase.UNKNOWN;
                case BEGIN ->
                    frame.hasSnapshotBegin() && frame.getSnapshotBegin().getTo() != 0;
                case DELTAS -> frame.getSnapshot() != 0;
                case END -> frame.hasSnapshotEnd();
            };
        }
    }

    private static Frame parse(byte[] payload) {
        try {
            return Frame.parseFrom(payload);
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    @BeforeEach
    void fill() {
        one.active();
        two.standby();
        flows.forEach(one.kernel::packet);
        cluster.run(2000);
        assertThat(two.peer("one").flows()).isEqualTo(FLOWS);
    }

    /** Of every three changes one is an end, one a new flow, one a new state. */
    private void change(int thirds) {
        for (int i = 0; i < thirds; i++) {
            one.kernel.end(flows.removeFirst());
            Flow newcomer = FlowTexts.varied(fresh++);
            one.kernel.packet(newcomer);
            flows.add(newcomer);
            Flow changed = flows.get(1000 + i);
            changed.mark++;
            one.kernel.packet(changed);
        }
    }

    private void partition(int thirds) {
        cluster.island(two, true);
        cluster.run(500);
        change(thirds);
        cluster.run(500);
    }

    private long bytes(Traffic traffic) {
        return one.counts.bytesSent(traffic).sum()
                + two.counts.bytesSent(traffic).sum();
    }

    /** The network takes none of the first {@code times} broadcasts that are such. */
    private static AtomicInteger lose(Node sender, Predicate<byte[]> such, int times) {
        AtomicInteger lost = new AtomicInteger();
        sender.link.tap = payload -> {
            if (such.test(payload) && lost.getAndIncrement() < times) {
                throw new Link.LinkException("lost", new IOException("by the test"));
            }
        };
        return lost;
    }

    @Test
    void afterAPartitionCrossesWhatDiffersAndLittleMore() {
        long full = bytes(Traffic.SNAPSHOT);
        partition(14);
        cluster.island(two, false);
        cluster.run(3000);
        cluster.assertAllHold(flows);
        assertThat(bytes(Traffic.DIFFERENTIAL)).isBetween(28L * 25, full / 20);
        assertThat(bytes(Traffic.SNAPSHOT) - full).as("two has nothing").isLessThan(100);
        assertThat(two.counts.differentials.sum()).isEqualTo(1);
        assertThat(one.counts.differingFlowsSent.sum()).isEqualTo(28);
        assertThat(two.counts.staleFlows.sum()).isEqualTo(14);
        assertThat(two.counts.snapshotFailures.sum()).isZero();
    }

    @Test
    void whereNothingDiffersNothingButTheLargestBucketsIsCompared() {
        partition(0);
        cluster.island(two, false);
        cluster.run(1000);
        cluster.assertAllHold(flows);
        assertThat(two.peer("one").complete()).isTrue();
        assertThat(bytes(Traffic.DIFFERENTIAL)).isLessThan(400);
    }

    @Test
    void oneFlowCostsSomeHundredBytes() {
        partition(0);
        one.kernel.packet(FlowTexts.tcp(fresh));
        flows.add(FlowTexts.tcp(fresh));
        cluster.island(two, false);
        cluster.run(1000);
        cluster.assertAllHold(flows);
        assertThat(two.counts.differentials.sum()).isEqualTo(1);
        assertThat(bytes(Traffic.DIFFERENTIAL)).isLessThan(1200);
    }

    @Test
    void whatADeltaThatWasLostLeavesIsFoundAtRest() {
        long snapshots = bytes(Traffic.SNAPSHOT);
        AtomicInteger lost = lose(one, payload -> parse(payload).getDeltasCount() > 0, 1);
        change(1);
        cluster.run(1000);
        assertThat(lost.get()).isPositive();
        assertThat(two.counts.differentials.sum()).isZero();
        cluster.run(3000);
        cluster.assertAllHold(flows);
        assertThat(two.counts.differentials.sum()).isEqualTo(1);
        assertThat(bytes(Traffic.SNAPSHOT)).isEqualTo(snapshots);
    }

    @ParameterizedTest
    @EnumSource
    void theLossOfAnyMessageIsMadeUpFor(Phase phase) {
        partition(14);
        AtomicInteger lost = lose(phase.fromOwner ? one : two, phase::isIn, 1);
        cluster.island(two, false);
        cluster.run(8_000);
        assertThat(lost.get()).isPositive();
        cluster.assertAllHold(flows);
        assertThat(two.peer("one").complete()).isTrue();
        assertThat(two.counts.snapshots.sum()).as("snapshots of everything").isLessThanOrEqualTo(1);
    }

    @Test
    void whatDifferentialsCannotRepairASnapshotDoes() {
        partition(14);
        long before = two.counts.snapshots.sum();
        AtomicBoolean inDifferential = new AtomicBoolean();
        one.link.tap = payload -> {
            inDifferential.set((inDifferential.get() || Phase.BEGIN.isIn(payload)) && !Phase.END.isIn(payload));
            if (inDifferential.get() && Phase.DELTAS.isIn(payload)) {
                throw new Link.LinkException("lost", new IOException("by the test"));
            }
        };
        cluster.island(two, false);
        cluster.run(10_000);
        cluster.assertAllHold(flows);
        assertThat(two.counts.snapshotFailures.sum()).isEqualTo(2);
        assertThat(two.counts.differentials.sum()).isZero();
        assertThat(two.counts.snapshots.sum()).isEqualTo(before + 1);
    }

    /** In each attempt another flow's delta is lost, after the receiver has told what it holds. */
    @Test
    void attemptsThatFailForOneNewReasonEachCauseNoSnapshot() {
        int attempts = 7;
        long snapshots = two.counts.snapshots.sum();
        AtomicInteger lost = lose(one, payload -> isLive(parse(payload)), attempts);
        AtomicInteger changed = new AtomicInteger();
        Runnable change = () -> {
            Flow flow = flows.get(100 * changed.incrementAndGet());
            flow.mark++;
            one.kernel.packet(flow);
        };
        two.link.tap = payload -> {
            if (Phase.HOLDINGS.isIn(payload) && changed.get() < attempts) {
                change.run();
            }
        };
        change.run();
        cluster.run(attempts * 4_000);
        cluster.assertAllHold(flows);
        assertThat(lost.get()).isEqualTo(attempts);
        assertThat(two.counts.snapshotFailures.sum()).isEqualTo(attempts - 1);
        assertThat(two.counts.snapshots.sum()).isEqualTo(snapshots);
    }

    private static boolean isLive(Frame frame) {
        return frame.getDeltasCount() > 0 && frame.getSnapshot() == 0;
    }

    @ParameterizedTest
    @EnumSource
    void theOwnerMayDieInAnyPhase(Phase phase) {
        slowly(phase, () -> cluster.stop(one));
        two.active();
        cluster.run(3000);
        List<Flow> kept =
                two.kernel.entries().values().stream().map(entry -> entry.flow).toList();
        assertThat(kept).hasSizeGreaterThan(FLOWS - 300);
        one = cluster.start("one");
        one.standby();
        cluster.run(7_000);
        one.audit();
        cluster.run(3000);
        cluster.assertAllHold(kept);
    }

    @ParameterizedTest
    @EnumSource
    void theReceiverMayDieInAnyPhase(Phase phase) {
        slowly(phase, () -> cluster.stop(two));
        change(10);
        cluster.run(1000);
        two = cluster.start("two");
        two.standby();
        cluster.run(7_000);
        cluster.assertAllHold(flows);
    }

    @ParameterizedTest
    @EnumSource
    void theLinkMayBeCutInAnyPhase(Phase phase) {
        slowly(phase, () -> cluster.island(two, true));
        change(10);
        cluster.run(1000);
        cluster.island(two, false);
        cluster.run(7_000);
        cluster.assertAllHold(flows);
        assertThat(two.counts.snapshots.sum()).isLessThanOrEqualTo(1);
    }

    /** Lets a differential run on a slow link, and something happen when a message of this phase has left. */
    private void slowly(Phase phase, Runnable event) {
        partition(14);
        AtomicInteger seen = new AtomicInteger();
        (phase.fromOwner ? one : two).link.tap = payload -> seen.addAndGet(phase.isIn(payload) ? 1 : 0);
        cluster.network.frameDelay = () -> 30;
        cluster.island(two, false);
        for (int i = 0; i < 500 && seen.get() == 0; i++) {
            cluster.run(20);
        }
        assertThat(seen.get()).as("messages of %s", phase).isPositive();
        event.run();
        cluster.run(1000);
        cluster.network.frameDelay = () -> 0;
    }

    @Test
    void whatChangesMeanwhileIsNotLost() {
        partition(14);
        cluster.network.frameDelay = () -> 40;
        cluster.island(two, false);
        for (int i = 0; i < 60; i++) {
            change(5);
            cluster.run(20);
        }
        cluster.network.frameDelay = () -> 0;
        cluster.run(5000);
        cluster.assertAllHold(flows);
        assertThat(two.counts.snapshots.sum()).isLessThanOrEqualTo(1);
    }

    @Test
    void flowsThatChangeHandsAllTheTimeCauseNoSnapshots() {
        partition(14);
        two.active();
        cluster.network.frameDelay = () -> 40;
        cluster.island(two, false);
        cluster.run(1000);
        long snapshots = two.counts.snapshots.sum() + one.counts.snapshots.sum();
        for (int i = 0; i < 400; i++) {
            Flow flow = flows.get(1500 + i * 5);
            flow.mark++;
            (i % 2 == 0 ? one : two).kernel.packet(flow);
            cluster.run(20);
        }
        assertThat(two.counts.snapshots.sum() + one.counts.snapshots.sum()).isEqualTo(snapshots);
        cluster.network.frameDelay = () -> 0;
        two.standby();
        cluster.run(5000);
        assertThat(one.peer("two").complete()).isTrue();
        assertThat(two.peer("one").complete()).isTrue();
    }

    @Test
    void aSnapshotThatStalledGoesOnWhereItWas() {
        assertGoesOn(() -> {});
    }

    @Test
    void aSnapshotThatAPartitionInterruptedGoesOnWhereItWas() {
        assertGoesOn(() -> {
            cluster.island(two, true);
            cluster.run(500);
            cluster.island(two, false);
        });
    }

    private void assertGoesOn(Runnable afterHalf) {
        cluster.stop(two);
        cluster.run(500);
        AtomicInteger sent = new AtomicInteger();
        one.link.tap = payload -> {
            Frame frame = parse(payload);
            if ((frame.getSnapshot() != 0 || frame.hasSnapshotEnd()) && sent.incrementAndGet() > FLOWS / 2 / 45) {
                throw new Link.LinkException("lost", new IOException("by the test"));
            }
        };
        two = cluster.start("two");
        two.standby();
        cluster.run(100);
        long here = two.peer("one").flows();
        assertThat(here).isBetween(FLOWS / 3L, FLOWS * 3L / 4);
        one.link.tap = payload -> {};
        afterHalf.run();
        long snapshots = one.counts.bytesSent(Traffic.SNAPSHOT).sum();
        cluster.run(8000);
        cluster.assertAllHold(flows);
        assertThat(one.counts.differingFlowsSent.sum()).isEqualTo(FLOWS - here);
        assertThat(two.counts.differentials.sum()).isEqualTo(1);
        assertThat(one.counts.bytesSent(Traffic.SNAPSHOT).sum() - snapshots)
                .as("its own request")
                .isLessThan(100);
    }

    @Test
    void aVersionThatNobodyCanHaveReachedStopsNobody() {
        byte[] poison = Frame.newBuilder()
                .setBoot(one.table.owners().self().boot())
                .setSequence(1)
                .addDeltas(Delta.newBuilder()
                        .setVersion(Long.MAX_VALUE)
                        .setProtocol(6)
                        .setOrigSrc4(1)
                        .setOrigDst4(2)
                        .setOrigL4Dst(3))
                .build()
                .toByteArray();
        one.link.broadcast(poison, 0, poison.length);
        cluster.run(200);
        assertThat(two.counts.implausibleVersions.sum()).isEqualTo(1);
        cluster.stop(one);
        two.active();
        cluster.run(1000);
        one = cluster.start("one");
        one.standby();
        cluster.run(2000);
        cluster.assertAllHold(flows);
        assertThat(two.table.nextVersion()).isBetween(1L, 100_000L);
    }

    /** Whatever a peer that has the key makes of the messages, nobody stumbles, and in the end all is well. */
    @Test
    void aPeerThatTalksNonsenseHarmsNobody() {
        Random random = Seed.random();
        long boot = two.table.owners().self().boot();
        long owner = one.table.owners().self().boot();
        for (int i = 0; i < 400; i++) {
            byte[] nonsense = nonsense(random, boot, owner);
            two.link.broadcast(nonsense, 0, nonsense.length);
            byte[] back = nonsense(random, owner, boot);
            one.link.broadcast(back, 0, back.length);
            if (i % 40 == 0) {
                change(1);
                cluster.run(40);
            }
        }
        cluster.run(12_000);
        cluster.assertAllHold(flows);
        assertThat(one.counts.failedFrames.sum() + two.counts.failedFrames.sum())
                .isZero();
        assertThat(one.counts.malformedFrames.sum()).isPositive();
    }

    private static byte[] nonsense(Random random, long from, long to) {
        Frame.Builder frame = Frame.newBuilder().setBoot(from);
        if (random.nextInt(4) == 0) {
            frame.setSnapshotBegin(SnapshotBegin.newBuilder()
                    .setSnapshot(odd(random))
                    .setFlows(odd(random))
                    .setTo(random.nextBoolean() ? to : 0)
                    .setRound(odd(random)));
            return frame.build().toByteArray();
        }
        BucketTags.Builder tags = BucketTags.newBuilder();
        DigestRequest.Builder request =
                DigestRequest.newBuilder().setParentBits(odd(random)).setBits(odd(random));
        Digests.Builder digests = Digests.newBuilder()
                .setParentBits(odd(random))
                .setBits(odd(random))
                .setFlows(odd(random));
        for (int i = random.nextInt(20); i > 0; i--) {
            tags.addGaps(odd(random)).addCounts(random.nextInt(2)).addTags(random.nextInt());
            request.addParents(odd(random));
            digests.addParents(odd(random)).addDigests(random.nextInt());
        }
        Differential.Builder step = Differential.newBuilder().setTo(to).setRound(random.nextInt(4));
        switch (random.nextInt(4)) {
            case 0 -> step.setDigestRequest(request);
            case 1 -> step.setDigests(digests);
            case 2 -> step.setUnknown(tags);
            default ->
                step.setHoldings(
                        Holdings.newBuilder().setBits(odd(random)).setTags(tags).setLast(random.nextBoolean()));
        }
        return frame.setDifferential(step).build().toByteArray();
    }

    private static int odd(Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> 0;
            case 1 -> -1;
            case 2 -> random.nextInt();
            case 3 -> Integer.MAX_VALUE;
            default -> random.nextInt(20);
        };
    }
}
