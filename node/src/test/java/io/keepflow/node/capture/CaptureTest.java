package io.keepflow.node.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.node.netlink.EventType;
import io.keepflow.node.table.FlowTable;
import io.keepflow.node.table.Owner;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.testkit.FlowSamples;
import java.net.InetAddress;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What each kind of event makes of each kind of record. */
class CaptureTest {
    private static final int MAX_FLOWS = 100;

    private final CaptureBed bed = new CaptureBed(MAX_FLOWS);

    /** Owner, version, control bits and dirty sets after one event; the record had version 5 and was in the kernel. */
    @ParameterizedTest(name = "{0}: {1} caused by {2}")
    @CsvSource(textBlock = """
            # record          event    cause    afterwards
            none            , NEW    , traffic, self 0 IN_KERNEL publish urgent
            none            , NEW    , foreign, self 0 IN_KERNEL publish urgent
            none            , UPDATE , traffic, self 0 IN_KERNEL publish urgent
            none            , UPDATE , foreign, self 0 IN_KERNEL publish urgent
            none            , DESTROY, traffic, none
            none            , DESTROY, foreign, none

            own             , NEW    , traffic, self 5 IN_KERNEL publish urgent
            own             , NEW    , foreign, self 5 IN_KERNEL publish urgent
            own             , UPDATE , traffic, self 5 IN_KERNEL publish urgent
            own             , UPDATE , foreign, self 5 IN_KERNEL publish urgent
            own             , DESTROY, traffic, self 5 GONE publish lazy
            own             , DESTROY, foreign, self 5 GONE publish lazy

            unowned         , NEW    , traffic, self 0 IN_KERNEL publish urgent
            unowned         , NEW    , foreign, self 0 IN_KERNEL publish urgent
            unowned         , UPDATE , traffic, self 0 IN_KERNEL publish urgent
            unowned         , UPDATE , foreign, self 0 IN_KERNEL publish urgent
            unowned         , DESTROY, traffic, none
            unowned         , DESTROY, foreign, none

            alive           , NEW    , traffic, self 5 IN_KERNEL publish urgent
            alive           , NEW    , foreign, alive 5 IN_KERNEL inject lazy
            alive           , UPDATE , traffic, self 5 IN_KERNEL publish urgent
            alive           , UPDATE , foreign, alive 5 IN_KERNEL inject lazy
            alive           , DESTROY, traffic, alive 5 inject urgent
            alive           , DESTROY, foreign, alive 5 inject urgent

            dead            , NEW    , traffic, self 5 IN_KERNEL publish urgent
            dead            , NEW    , foreign, dead 5 IN_KERNEL
            dead            , UPDATE , traffic, self 5 IN_KERNEL publish urgent
            dead            , UPDATE , foreign, dead 5 IN_KERNEL
            dead            , DESTROY, traffic, none
            dead            , DESTROY, foreign, none

            own gone        , NEW    , traffic, self 5 IN_KERNEL publish urgent
            own gone        , NEW    , foreign, self 5 IN_KERNEL publish urgent
            own gone        , UPDATE , traffic, self 5 IN_KERNEL publish urgent
            own gone        , DESTROY, traffic, self 5 GONE publish lazy

            dropped         , NEW    , traffic, self 0 IN_KERNEL publish urgent inject lazy
            dropped         , UPDATE , traffic, self 0 IN_KERNEL publish urgent inject lazy
            dropped         , DESTROY, traffic, unowned 0 GONE inject lazy
            """)
    void oneEvent(String record, EventType type, String cause, String afterwards) {
        Flow flow = FlowSamples.snatted(1);
        prepare(record, flow);
        flow.mark = 99;
        bed.event(type, flow, cause.equals("traffic") ? CaptureBed.TRAFFIC : CaptureBed.FOREIGN);
        assertThat(bed.state(flow)).isEqualTo(afterwards);
    }

    private void prepare(String record, Flow flow) {
        switch (record) {
            case "none" -> {}
            case "own gone" -> {
                bed.put(flow, bed.owners.self());
                bed.event(EventType.DESTROY, flow, CaptureBed.TRAFFIC);
            }
            case "dropped" -> {
                int slot = bed.put(flow, bed.owners.nobody());
                bed.table.set(slot, FlowTable.GONE);
                bed.table.toInject().mark(slot, false, bed.clock.nanos());
            }
            default -> bed.put(flow, owner(record));
        }
    }

    private Owner owner(String record) {
        return switch (record) {
            case "own" -> bed.owners.self();
            case "unowned" -> bed.owners.nobody();
            case "alive" -> bed.alive;
            case "dead" -> bed.dead;
            default -> throw new IllegalArgumentException(record);
        };
    }

    @ParameterizedTest
    @CsvSource({"NEW,1,0,0", "UPDATE,0,1,0", "DESTROY,0,0,1"})
    void eventsAreCountedByType(EventType type, int created, int updated, int destroyed) {
        bed.event(type, FlowSamples.udp(1), CaptureBed.TRAFFIC);
        assertThat(bed.counts.created.sum()).isEqualTo(created);
        assertThat(bed.counts.updated.sum()).isEqualTo(updated);
        assertThat(bed.counts.destroyed.sum()).isEqualTo(destroyed);
    }

    @ParameterizedTest
    @CsvSource({"own,0,0", "unowned,0,0", "alive,1,1", "dead,1,0"})
    void movesAndRepairsAreCounted(String record, int moves, int repairs) {
        Flow moved = FlowSamples.udp(1);
        Flow lost = FlowSamples.udp(2);
        bed.put(moved, owner(record));
        bed.put(lost, owner(record));
        bed.event(EventType.UPDATE, moved, CaptureBed.TRAFFIC);
        bed.event(EventType.DESTROY, lost, CaptureBed.TRAFFIC);
        assertThat(bed.counts.ownershipMoves.sum()).isEqualTo(moves);
        assertThat(bed.counts.byEvent.of(Difference.RESTORED)).isEqualTo(repairs);
    }

    @Test
    void anOwnFlowInAHandshakeMayWait() {
        Flow flow = FlowSamples.snatted(1);
        flow.tcpState = 1;
        bed.event(EventType.NEW, flow, CaptureBed.TRAFFIC);
        assertThat(bed.state(flow)).isEqualTo("self 0 IN_KERNEL publish lazy");
    }

    /** The update says nothing of TCP, so the state that decides is the one that is known. */
    @Test
    void aPartialUpdateIsMergedBeforeItsUrgencyIsJudged() {
        Flow flow = FlowSamples.snatted(1);
        int slot = bed.put(flow, bed.owners.self());
        String whole = bed.text(slot);
        Flow update = FlowSamples.copy(flow);
        update.present = Flow.HAS_REPLY | Flow.HAS_STATUS | Flow.HAS_TIMEOUT | Flow.HAS_MARK | Flow.HAS_ID;
        update.tcpState = update.tcpFlagsOriginal = update.tcpWindowScaleReply = 0;
        bed.event(EventType.UPDATE, update, CaptureBed.TRAFFIC);
        assertThat(bed.state(flow)).isEqualTo("self 5 IN_KERNEL publish urgent");
        assertThat(bed.text(slot).replaceAll(" has .*", "")).isEqualTo(whole.replaceAll(" has .*", ""));
    }

    @Test
    void aFlowThatComesBackBeforeItsEndWasToldHasItsNewState() {
        Flow flow = FlowSamples.snatted(1);
        int slot = bed.put(flow, bed.owners.self());
        bed.event(EventType.DESTROY, flow, CaptureBed.TRAFFIC);
        flow.tcpState = 1;
        flow.reply.l4Dst = 1024;
        bed.event(EventType.NEW, flow, CaptureBed.TRAFFIC);
        assertThat(bed.table.find(flow)).isEqualTo(slot);
        assertThat(bed.text(slot)).isEqualTo(FlowSamples.text(flow));
    }

    @Test
    void aForeignUpdateNeverTouchesAConnectedPeersRecord() {
        Flow flow = FlowSamples.snatted(1);
        int slot = bed.put(flow, bed.alive);
        String before = bed.text(slot);
        flow.mark = 1234;
        bed.event(EventType.UPDATE, flow, CaptureBed.FOREIGN);
        assertThat(bed.text(slot)).isEqualTo(before);
    }

    @ParameterizedTest
    @EnumSource(names = {"NEW", "UPDATE"})
    void whatDoesNotFitIsCounted(EventType type) {
        for (int i = 0; i < MAX_FLOWS; i++) {
            bed.event(EventType.NEW, FlowSamples.udp(i), CaptureBed.TRAFFIC);
        }
        bed.event(type, FlowSamples.udp(MAX_FLOWS), CaptureBed.TRAFFIC);
        bed.event(type, FlowSamples.udp(MAX_FLOWS + 1), CaptureBed.TRAFFIC);
        assertThat(bed.counts.tableFull.sum()).isEqualTo(2);
        assertThat(bed.table.size()).isEqualTo(MAX_FLOWS);
        assertThat(bed.table.toPublish().size()).isEqualTo(MAX_FLOWS);
    }

    @ParameterizedTest
    @EnumSource(names = "DUMP", mode = EnumSource.Mode.EXCLUDE)
    void localTrafficNeverEntersTheTable(EventType type) throws Exception {
        bed.local.here(Stream.of(InetAddress.getByName("10.1.0.2")));
        bed.event(type, FlowSamples.snatted(1), CaptureBed.TRAFFIC);
        assertThat(bed.table.size()).isZero();
        assertThat(bed.counts.tableFull.sum()).isZero();
    }

    /** An entry that a program makes on a node that forwards nothing is nobody's, until an active node's word on it. */
    @ParameterizedTest
    @CsvSource(textBlock = """
            none   , NEW   , foreign, unowned 0 IN_KERNEL
            none   , NEW   , traffic, self 0 IN_KERNEL publish urgent
            none   , UPDATE, foreign, unowned 0 IN_KERNEL
            unowned, UPDATE, foreign, unowned 0 IN_KERNEL
            unowned, UPDATE, traffic, self 0 IN_KERNEL publish urgent
            own    , UPDATE, foreign, self 5 IN_KERNEL publish urgent
            alive  , UPDATE, foreign, alive 5 IN_KERNEL inject lazy
            """)
    void byHandOnAStandby(String record, EventType type, String cause, String afterwards) {
        bed.hasStoodDown = true;
        Flow flow = FlowSamples.snatted(1);
        prepare(record, flow);
        flow.mark = 99;
        bed.event(type, flow, cause.equals("traffic") ? CaptureBed.TRAFFIC : CaptureBed.FOREIGN);
        assertThat(bed.state(flow)).isEqualTo(afterwards);
        assertThat(bed.read(bed.table.find(flow)).mark).isEqualTo(record.equals("alive") ? 7 : 99);
        boolean found = record.equals("none") && cause.equals("foreign");
        assertThat(bed.counts.byEvent.of(Difference.FOUND)).isEqualTo(found ? 1 : 0);
        assertThat(bed.counts.byEvent.of(Difference.REWRITTEN)).isEqualTo(record.equals("alive") ? 1 : 0);
    }

    /** It had the original tuple of a flow that lives on. */
    @Test
    void theEndOfAClashingEntryIsNotTheFlows() {
        Flow flow = FlowSamples.snatted(1);
        bed.put(flow, bed.owners.self());
        flow.status |= 1 << 12;
        bed.event(EventType.DESTROY, flow, CaptureBed.TRAFFIC);
        assertThat(bed.state(flow)).isEqualTo("self 5 IN_KERNEL");
    }

    @Test
    void theRestOfTheNodeHears() {
        bed.capture.onOverrun();
        bed.capture.onDrained();
        bed.capture.onMalformed("short");
        assertThat(bed.sunk).containsExactly("overrun", "drained");
        assertThat(bed.counts.overruns.sum()).isEqualTo(1);
        assertThat(bed.counts.malformed.sum()).isEqualTo(1);
    }
}
