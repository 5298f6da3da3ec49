package io.keepflow.node.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.protocol.Flow;
import io.keepflow.protocol.testkit.FlowSamples;
import io.keepflow.protocol.testkit.Seed;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a partial event carries replaces what is known; what it does not carry stays. */
class FlowMergeTest {
    private static final int ALL = Flow.HAS_REPLY | Flow.HAS_STATUS | Flow.HAS_TIMEOUT | Flow.HAS_MARK;

    @ParameterizedTest(name = "{0}")
    @CsvSource({"1, true", "2, true", "4, false", "8, true", "16, true", "32, true", "64, false", "0, false"})
    void anEventChangesWhatItCarriesAndNothingElse(int carried, boolean isChange) {
        Flow known = known();
        Flow event = other();
        event.present = carried;
        Flow expected = known();
        overlay(expected, event, carried);

        assertThat(FlowMerge.into(known, event, false)).isEqualTo(isChange);
        assertThat(FlowSamples.text(known)).isEqualTo(FlowSamples.text(expected));
    }

    private static void overlay(Flow flow, Flow event, int carried) {
        flow.present |= carried;
        switch (carried) {
            case Flow.HAS_REPLY -> {
                flow.reply.set(event.reply);
                flow.zoneReply = event.zoneReply;
            }
            case Flow.HAS_STATUS -> flow.status = event.status;
            case Flow.HAS_TIMEOUT -> flow.timeout = event.timeout;
            case Flow.HAS_MARK -> flow.mark = event.mark;
            case Flow.HAS_TCP -> {
                flow.tcpState = event.tcpState;
                flow.tcpFlagsOriginal = event.tcpFlagsOriginal;
                flow.tcpFlagsReply = event.tcpFlagsReply;
                flow.tcpWindowScaleOriginal = event.tcpWindowScaleOriginal;
                flow.tcpWindowScaleReply = event.tcpWindowScaleReply;
            }
            case Flow.HAS_SCTP -> {
                flow.sctpState = event.sctpState;
                flow.sctpVtagOriginal = event.sctpVtagOriginal;
                flow.sctpVtagReply = event.sctpVtagReply;
            }
            default -> {}
        }
    }

    @Test
    void wholeEventsInAnyOrderOfTheirPartsMakeTheWholeFlow() {
        Random random = Seed.random();
        for (int i = 0; i < 2_000; i++) {
            Flow whole = FlowSamples.random(random);
            Flow known = new Flow();
            known.set(FlowSamples.random(random));
            known.family = whole.family;
            known.protocol = whole.protocol;
            known.original.set(whole.original);
            known.zone = whole.zone;
            known.zoneOriginal = whole.zoneOriginal;
            clearProtocolState(known);
            for (int group : new int[] {
                Flow.HAS_TCP,
                Flow.HAS_SCTP,
                Flow.HAS_MARK,
                Flow.HAS_REPLY,
                Flow.HAS_HELPER,
                Flow.HAS_MASTER,
                Flow.HAS_SEQ_ADJUST,
                Flow.HAS_SYNPROXY,
                Flow.HAS_LABELS,
                ALL
            }) {
                Flow part = FlowSamples.copy(whole);
                part.present &= group;
                FlowMerge.into(known, part, false);
            }
            assertThat(FlowSamples.text(known)).isEqualTo(FlowSamples.text(whole));
        }
    }

    private static void clearProtocolState(Flow flow) {
        flow.tcpState = flow.tcpFlagsOriginal = flow.tcpFlagsReply = 0;
        flow.tcpWindowScaleOriginal = flow.tcpWindowScaleReply = 0;
        flow.sctpState = flow.sctpVtagOriginal = flow.sctpVtagReply = 0;
        flow.present = 0;
    }

    /** A difference in any one field is a change. */
    @ParameterizedTest
    @CsvSource({
        "reply",
        "zone",
        "status",
        "mark",
        "state",
        "flags",
        "reply flags",
        "scale",
        "reply scale",
        "sctp",
        "vtag",
        "reply vtag",
        "helper",
        "master",
        "master protocol",
        "seq",
        "reply seq",
        "isn",
        "its",
        "tsoff",
        "labels",
        "low labels"
    })
    void eachFieldCounts(String field) {
        Flow known = known();
        known.present = ALL | Flow.HAS_TCP | Flow.HAS_SCTP | Flow.HAS_EXTENSIONS;
        Flow event = FlowSamples.copy(known);
        assertThat(FlowMerge.into(known, event, false)).as("the same again").isFalse();
        switch (field) {
            case "reply" -> event.reply.l4Dst++;
            case "zone" -> event.zoneReply++;
            case "status" -> event.status++;
            case "mark" -> event.mark++;
            case "state" -> event.tcpState++;
            case "flags" -> event.tcpFlagsOriginal++;
            case "reply flags" -> event.tcpFlagsReply++;
            case "scale" -> event.tcpWindowScaleOriginal++;
            case "reply scale" -> event.tcpWindowScaleReply++;
            case "sctp" -> event.sctpState++;
            case "vtag" -> event.sctpVtagOriginal++;
            case "helper" -> event.extensions.helper.append((byte) 'x');
            case "master" -> event.extensions.master.l4Dst++;
            case "master protocol" -> event.extensions.masterProtocol++;
            case "seq" -> event.extensions.seqOriginal.after++;
            case "reply seq" -> event.extensions.seqReply.position++;
            case "isn" -> event.extensions.synproxyIsn++;
            case "its" -> event.extensions.synproxyIts++;
            case "tsoff" -> event.extensions.synproxyTsoff++;
            case "labels" -> event.extensions.labelsHigh++;
            case "low labels" -> event.extensions.labelsLow++;
            default -> event.sctpVtagReply++;
        }
        assertThat(FlowMerge.into(known, event, false)).isTrue();
        assertThat(FlowSamples.text(known)).isEqualTo(FlowSamples.text(event));
    }

    @ParameterizedTest
    @CsvSource({"true, 10, 432000", "true, 500000, 500000", "false, 10, 10", "false, 500000, 500000"})
    void aDumpShowsWhatIsLeftAnEventShowsTheLength(boolean isDump, int timeout, int afterwards) {
        Flow known = known();
        Flow event = FlowSamples.copy(known);
        event.timeout = timeout;
        assertThat(FlowMerge.into(known, event, isDump)).isFalse();
        assertThat(known.timeout).isEqualTo(afterwards);
    }

    /** A dump of what a flow table forwards has no timeout and no protocol state. */
    @Test
    void whatIsOffloadedLosesNothing() {
        Flow known = known();
        Flow offloaded = known();
        offloaded.status |= Flow.IPS_OFFLOAD;
        offloaded.present &= ~(Flow.HAS_TCP | Flow.HAS_TIMEOUT);
        offloaded.timeout = offloaded.tcpState = 0;
        assertThat(FlowMerge.into(known, offloaded, true)).isTrue();
        assertThat(known.timeout).isEqualTo(432_000);
        assertThat(known.tcpState).isEqualTo(3);
        assertThat(known.has(Flow.HAS_TCP | Flow.HAS_TIMEOUT)).isTrue();
        assertThat(FlowMerge.isCopy(known, known()))
                .as("the bit is the owner's alone")
                .isTrue();
        assertThat(FlowMerge.into(known, offloaded, true)).as("the same again").isFalse();
    }

    /** An event has what changed; only a dump has all, but for labels that a peer is to clear. */
    @Test
    void onlyADumpTakesExtensionsAway() {
        Flow known = known();
        known.present |= Flow.HAS_EXTENSIONS;
        known.extensions.labelsLow = 5;
        assertThat(known.extensions.helper.set("ftp")).isTrue();
        Flow plain = known();
        assertThat(FlowMerge.into(known, plain, false)).isFalse();
        assertThat(known.has(Flow.HAS_EXTENSIONS)).isTrue();
        assertThat(FlowMerge.into(known, plain, true)).isTrue();
        assertThat(known.present & Flow.HAS_EXTENSIONS).isEqualTo(Flow.HAS_LABELS);
        assertThat(known.extensions.labelsLow).isZero();
        assertThat(FlowMerge.into(known, plain, true)).as("the same again").isFalse();
    }

    @ParameterizedTest
    @CsvSource({"seq, false", "isn, false", "labels, false", "helper, true", "master, true"})
    void anEntryThatDiffersIsNoCopy(String field, boolean isCopy) {
        Flow known = known();
        known.present |= Flow.HAS_EXTENSIONS;
        known.extensions.labelsLow = 5;
        Flow entry = FlowSamples.copy(known);
        assertThat(FlowMerge.isCopy(known, entry)).isTrue();
        assertThat(ExtensionMerge.lacking(known, entry)).isZero();
        switch (field) {
            case "seq" -> entry.extensions.seqReply.after++;
            case "isn" -> entry.extensions.synproxyIsn++;
            case "labels" -> entry.extensions.labelsLow++;
            case "helper" -> entry.extensions.helper.append((byte) 'x');
            default -> entry.extensions.master.l4Src++;
        }
        assertThat(FlowMerge.isCopy(known, entry)).isEqualTo(isCopy);
        assertThat(ExtensionMerge.lacking(known, entry))
                .isEqualTo(isCopy ? (field.equals("helper") ? Flow.HAS_HELPER : Flow.HAS_MASTER) : 0);
    }

    @Test
    void anEntryWithoutExtensionsIsACopyOnlyIfTheyCouldNotBeGiven() {
        Flow known = known();
        known.extensions.labelsLow = 5;
        known.present |= Flow.HAS_LABELS;
        assertThat(FlowMerge.isCopy(known, known())).as("no room for labels").isTrue();
        known.present |= Flow.HAS_SEQ_ADJUST;
        assertThat(FlowMerge.isCopy(known, known())).isFalse();
        assertThat(FlowMerge.isCopy(known(), known))
                .as("what the owner lost stays")
                .isTrue();
    }

    private static Flow known() {
        return FlowSamples.snatted(1);
    }

    /** The same identity, everything else different. */
    private static Flow other() {
        Flow flow = FlowSamples.snatted(1);
        flow.reply.srcLow++;
        flow.zoneReply = 8;
        flow.status = 1;
        flow.timeout = 3;
        flow.mark = 4;
        flow.tcpState = 5;
        flow.tcpFlagsOriginal = 6;
        flow.tcpFlagsReply = 7;
        flow.tcpWindowScaleOriginal = 8;
        flow.tcpWindowScaleReply = 10;
        flow.sctpState = 2;
        flow.sctpVtagOriginal = 11;
        flow.sctpVtagReply = 12;
        return flow;
    }
}
