package io.keepflow.node.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.node.netlink.ConntrackLookup;
import io.keepflow.node.netlink.ConntrackRequests;
import io.keepflow.node.netlink.EventType;
import io.keepflow.node.netlink.LabelMask;
import io.keepflow.node.testkit.NetworkNamespace;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.testkit.ExpectationSamples;
import io.keepflow.protocol.testkit.FlowSamples;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the kernel says of no flow by itself is asked for, on the real kernel; of those flows only that it can happen to. */
class SequenceWatchTest {
    private static final int FLOWS = 300;

    private final CaptureBed bed = new CaptureBed(2 * FLOWS);
    private NetworkNamespace namespace;
    private ConntrackRequests requests;
    private ConntrackLookup lookup;

    @BeforeEach
    void open() throws Exception {
        namespace = NetworkNamespace.create("kfsw");
        requests = namespace.call(ConntrackRequests::open);
        lookup = namespace.call(() -> ConntrackLookup.open(LabelMask.NONE));
    }

    @AfterEach
    void close() throws Exception {
        lookup.close();
        requests.close();
        namespace.close();
    }

    @Test
    void anAdjustmentIsFoundWithinARound() throws Exception {
        List<Flow> flows = new ArrayList<>();
        for (int i = 0; i < FLOWS; i++) {
            Flow flow = helped(FlowSamples.snatted(i));
            flows.add(flow);
            bed.event(EventType.NEW, flow, CaptureBed.TRAFFIC);
            flow.extensions.seqOriginal.position = 7;
            flow.extensions.seqOriginal.after = i + 1;
            flow.present |= Flow.HAS_SEQ_ADJUST;
            create(flow);
        }
        Flow plain = FlowSamples.snatted(FLOWS);
        bed.event(EventType.NEW, plain, CaptureBed.TRAFFIC);
        create(adjusted(plain));
        Flow untranslated = helped(FlowSamples.udp(1));
        untranslated.protocol = Flow.TCP;
        bed.event(EventType.NEW, untranslated, CaptureBed.TRAFFIC);
        create(adjusted(untranslated));
        while (bed.table.toPublish().pollUrgent() >= 0) {
            // Nothing waits.
        }

        SequenceWatch watch = new SequenceWatch(bed.table, lookup, bed.capture);
        watch.step();
        assertThat(bed.table.toPublish().size()).isBetween(1, FLOWS - 1);
        watch.step();
        watch.step();
        assertThat(bed.table.toPublish().size()).isEqualTo(FLOWS);
        for (Flow flow : flows) {
            Flow known = bed.read(bed.table.find(flow));
            assertThat(known.has(Flow.HAS_SEQ_ADJUST)).isTrue();
            assertThat(known.extensions.seqOriginal.after).isEqualTo(flow.extensions.seqOriginal.after);
        }
        assertThat(bed.read(bed.table.find(plain)).has(Flow.HAS_SEQ_ADJUST)).isFalse();
        assertThat(bed.read(bed.table.find(untranslated)).has(Flow.HAS_SEQ_ADJUST))
                .isFalse();
        assertThat(bed.counts.malformed.sum()).isZero();
    }

    /** The last flow's turn in a round is the second step. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theMasterOfWhatIsExpectedIsAskedAboutAtOnceAndAgain(boolean isRewrittenLater) throws Exception {
        List<Flow> flows = new ArrayList<>();
        for (int i = 0; i < FLOWS; i++) {
            Flow flow = helped(FlowSamples.snatted(i));
            flows.add(flow);
            bed.event(EventType.NEW, flow, CaptureBed.TRAFFIC);
        }
        Flow master = flows.getLast();
        SequenceWatch watch = new SequenceWatch(bed.table, lookup, bed.capture);
        if (!isRewrittenLater) {
            create(adjusted(master));
        }
        watch.expected(ExpectationSamples.of(master));
        watch.drain();
        assertThat(isAdjusted(master)).isEqualTo(!isRewrittenLater);
        if (isRewrittenLater) {
            create(adjusted(master));
        }
        watch.step();
        assertThat(isAdjusted(master)).isTrue();
    }

    private boolean isAdjusted(Flow flow) {
        return bed.read(bed.table.find(flow)).has(Flow.HAS_SEQ_ADJUST);
    }

    private void create(Flow flow) throws Exception {
        List<Integer> errnos = new ArrayList<>();
        requests.create(flow, 600, 1);
        requests.flush((cookie, errno) -> errnos.add(errno));
        assertThat(errnos).containsExactly(0);
    }

    private static Flow helped(Flow flow) {
        assertThat(flow.extensions.helper.set("ftp")).isTrue();
        flow.present |= Flow.HAS_HELPER;
        return flow;
    }

    private static Flow adjusted(Flow flow) {
        Flow copy = FlowSamples.copy(flow);
        copy.extensions.seqReply.after = 3;
        copy.present |= Flow.HAS_SEQ_ADJUST;
        return copy;
    }
}
