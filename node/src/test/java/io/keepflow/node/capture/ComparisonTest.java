package io.keepflow.node.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keepflow.node.netlink.Errno;
import io.keepflow.node.netlink.EventType;
import io.keepflow.node.netlink.FlowLookup;
import io.keepflow.node.netlink.NetlinkException;
import io.keepflow.node.table.FlowTable;
import io.keepflow.node.table.Owner;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.testkit.FlowSamples;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a dump, which is old when it is read, and a look into the kernel, which is not, make of each kind of record. */
class ComparisonTest {
    private final CaptureBed bed = new CaptureBed(20_000);
    private final KernelOfATest kernel = new KernelOfATest();
    private final Comparison comparison = new Comparison(bed.table, bed.capture, kernel, bed.counts);
    private final List<String> told = new ArrayList<>();

    /** Entries by the text of their identity; whoever is asked answers at once. */
    private static final class KernelOfATest implements FlowLookup {
        private final Map<String, Flow> entries = new HashMap<>();
        private final Map<Long, Flow> questions = new LinkedHashMap<>();
        private int asked;
        private int errno;

        void has(Flow flow) {
            entries.put(identity(flow), FlowSamples.copy(flow));
        }

        @Override
        public boolean add(Flow flow, long cookie) {
            if (questions.size() == 3) {
                return false;
            }
            questions.put(cookie, FlowSamples.copy(flow));
            return true;
        }

        @Override
        public void flush(Answers answers) {
            asked += questions.size();
            questions.forEach((cookie, flow) -> {
                Flow entry = entries.get(identity(flow));
                answers.onAnswer(
                        cookie,
                        errno != 0 ? errno : entry == null ? Errno.ENOENT : 0,
                        entry == null ? new Flow() : entry);
            });
            questions.clear();
        }

        @Override
        public void discard() {
            questions.clear();
        }

        private static String identity(Flow flow) {
            return flow.protocol + " " + flow.original.srcLow + " " + flow.original.l4Src + " " + flow.zone;
        }
    }

    /** The first comparison learns what there is; all tests but one are about later ones. */
    @BeforeEach
    void theKernelIsKnown() throws Exception {
        compare(List.of());
    }

    private void compare(List<Flow> dump) throws NetlinkException {
        comparison.begin((difference, slot) -> told.add(difference + " " + bed.read(slot).original.l4Src));
        comparison.nextPage();
        dump.forEach(comparison::onEntry);
        finish();
    }

    private boolean finish() throws NetlinkException {
        while (comparison.step()) {
            // The next part.
        }
        return comparison.end();
    }

    /** The dump did not show it, and the kernel has it or not. */
    @ParameterizedTest(name = "{0}, {1}: {2}")
    @CsvSource(textBlock = """
            own     , believed in the kernel, missing, ENDED 1    , self 5 GONE publish lazy
            unowned , believed in the kernel, missing, FORGOTTEN 1, none
            alive   , believed in the kernel, missing, RESTORED 1 , alive 5 inject urgent
            dead    , believed in the kernel, missing, FORGOTTEN 1, none
            own     , believed in the kernel, there  ,            , self 5 IN_KERNEL
            unowned , believed in the kernel, there  ,            , unowned 0 IN_KERNEL
            alive   , believed in the kernel, there  ,            , alive 5 IN_KERNEL
            dead    , believed in the kernel, there  ,            , dead 5 IN_KERNEL
            own     , never placed          , missing, ENDED 1    , self 5 GONE publish lazy
            unowned , never placed          , missing, FORGOTTEN 1, none
            alive   , never placed          , missing,            , alive 5
            dead    , never placed          , missing, FORGOTTEN 1, none
            own     , never placed          , there  ,            , self 5 IN_KERNEL
            dead    , never placed          , there  ,            , dead 5 IN_KERNEL
            own     , waits for injection   , missing,            , self 5 inject urgent
            unowned , waits for injection   , missing,            , unowned 0 inject urgent
            alive   , waits for injection   , missing,            , alive 5 inject urgent
            dead    , waits for injection   , missing,            , dead 5 inject urgent
            """)
    void whatTheDumpDidNotShow(String record, String belief, String kernelHas, String difference, String afterwards)
            throws Exception {
        Flow flow = FlowSamples.snatted(1);
        int slot = bed.put(flow, owner(record));
        if (!belief.equals("believed in the kernel")) {
            bed.table.unset(slot, FlowTable.IN_KERNEL);
        }
        if (belief.equals("waits for injection")) {
            bed.table.toInject().mark(slot, true, 1);
        }
        if (kernelHas.equals("there")) {
            kernel.has(flow);
        }
        compare(List.of());
        assertThat(bed.state(flow)).isEqualTo(afterwards);
        assertThat(told).isEqualTo(difference == null ? List.of() : List.of(difference));
        assertThat(comparison.found().values().stream()
                        .mapToLong(Long::longValue)
                        .sum())
                .isEqualTo(told.size());
    }

    /** The dump showed another mark; the kernel has it, or has what the table has, for the dump is of before. */
    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(textBlock = """
            none   , other, FOUND 1    , unowned 0 IN_KERNEL            , 99
            none   , gone ,            , none                           ,
            own    , other, FOLLOWED 1 , self 5 IN_KERNEL publish urgent, 99
            own    , same ,            , self 5 IN_KERNEL               , 7
            unowned, other, FOLLOWED 1 , unowned 0 IN_KERNEL            , 99
            unowned, same ,            , unowned 0 IN_KERNEL            , 7
            alive  , other, REWRITTEN 1, alive 5 IN_KERNEL inject lazy  , 7
            alive  , same ,            , alive 5 IN_KERNEL              , 7
            alive  , gone , RESTORED 1 , alive 5 inject urgent          , 7
            dead   , other, REWRITTEN 1, dead 5 IN_KERNEL inject lazy   , 7
            dead   , same ,            , dead 5 IN_KERNEL               , 7
            """)
    void whatTheDumpShowedOtherwise(String record, String kernelHas, String difference, String afterwards, Integer mark)
            throws Exception {
        Flow flow = FlowSamples.snatted(1);
        if (!record.equals("none")) {
            bed.put(flow, owner(record));
        }
        Flow shown = FlowSamples.copy(flow);
        shown.mark = 99;
        if (!kernelHas.equals("gone")) {
            kernel.has(kernelHas.equals("other") ? shown : flow);
        }
        compare(List.of(shown));
        assertThat(bed.state(flow)).isEqualTo(afterwards);
        assertThat(told).isEqualTo(difference == null ? List.of() : List.of(difference));
        if (mark != null) {
            assertThat(bed.read(bed.table.find(flow)).mark).isEqualTo(mark);
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
    @ValueSource(strings = {"own", "unowned", "alive", "dead"})
    void whatAgreesIsLeftAloneAndNobodyAsks(String record) throws Exception {
        Flow flow = FlowSamples.snatted(1);
        bed.put(flow, owner(record));
        String before = bed.state(flow);
        compare(List.of(flow));
        assertThat(bed.state(flow)).isEqualTo(before);
        assertThat(kernel.asked).isZero();
        assertThat(comparison.compared()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"own", "unowned"})
    void aDumpNeverLowersATimeout(String record) throws Exception {
        Flow flow = FlowSamples.snatted(1);
        int slot = bed.put(flow, owner(record));
        Flow shown = FlowSamples.copy(flow);
        shown.timeout = 7;
        compare(List.of(shown));
        assertThat(bed.read(slot).timeout).isEqualTo(432_000);
        shown.timeout = 500_000;
        compare(List.of(shown));
        assertThat(bed.read(slot).timeout).isEqualTo(500_000);
        assertThat(bed.table.toPublish().isEmpty()).as("nothing new").isTrue();
    }

    /** The connection has been closed since the page was filled; a peer would keep its entry for days. */
    @Test
    void thePastStatesTimeoutIsNotTaken() throws Exception {
        Flow flow = FlowSamples.snatted(1);
        int slot = bed.put(flow, bed.owners.self());
        Flow closed = FlowSamples.copy(flow);
        closed.tcpState = 7;
        closed.timeout = 120;
        bed.event(EventType.UPDATE, closed, CaptureBed.TRAFFIC);
        kernel.has(closed);
        compare(List.of(flow));
        assertThat(bed.read(slot).timeout).isEqualTo(120);
        assertThat(told).isEmpty();
    }

    @Test
    void anotherReplyTupleNeedsANewEntry() throws Exception {
        Flow flow = FlowSamples.snatted(1);
        int slot = bed.put(flow, bed.alive);
        Flow shown = FlowSamples.copy(flow);
        shown.reply.l4Dst = 2;
        kernel.has(shown);
        compare(List.of(shown));
        assertThat(bed.table.is(slot, FlowTable.RECREATE)).isTrue();
    }

    /** Its own original tuple is what another entry has as its reply's: that other is there, not this. */
    @Test
    void theAnswerMayBeAnotherEntry() throws Exception {
        Flow flow = FlowSamples.snatted(1);
        bed.put(flow, bed.owners.self());
        kernel.entries.put(KernelOfATest.identity(flow), FlowSamples.udp(9));
        compare(List.of());
        assertThat(told).containsExactly("ENDED 1");
    }

    /** The page was filled before the end, and is read after it. */
    @Test
    void whatHasJustEndedIsNotBroughtBackByAnOldPage() throws Exception {
        Flow flow = withId(FlowSamples.snatted(1), 4711);
        comparison.begin((difference, slot) -> told.add(difference.toString()));
        comparison.nextPage();
        bed.event(EventType.NEW, flow, CaptureBed.TRAFFIC);
        bed.table.toPublish().pollUrgent();
        bed.event(EventType.DESTROY, flow, CaptureBed.TRAFFIC);
        bed.table.toPublish().pollLazy(Long.MAX_VALUE);
        bed.table.release(bed.table.find(flow));
        comparison.nextPage();
        comparison.onEntry(flow);
        assertThat(bed.state(flow)).isEqualTo("none");
        comparison.onEntry(withId(FlowSamples.snatted(1), 4712));
        assertThat(bed.state(flow)).as("a new entry with the old tuple").isEqualTo("unowned 0 IN_KERNEL");
        kernel.has(flow);
        assertThat(finish()).isTrue();
        assertThat(told).containsExactly("FOUND");
    }

    /** Two pages later the kernel has been asked again, after the end. */
    @Test
    void theMemoryOfEndsIsShort() {
        Flow flow = withId(FlowSamples.snatted(1), 1);
        comparison.begin((difference, slot) -> {});
        bed.event(EventType.DESTROY, flow, CaptureBed.TRAFFIC);
        comparison.nextPage();
        comparison.nextPage();
        comparison.onEntry(flow);
        assertThat(bed.state(flow)).isEqualTo("unowned 0 IN_KERNEL");
    }

    @Test
    void whoForgotEndsTakesNothingNewFromThatPage() throws Exception {
        comparison.begin((difference, slot) -> {});
        comparison.nextPage();
        for (int i = 0; i <= RecentlyEnded.MAX_PER_PAGE; i++) {
            bed.event(EventType.DESTROY, withId(FlowSamples.udp(i), i), CaptureBed.TRAFFIC);
        }
        Flow known = FlowSamples.snatted(1);
        bed.put(known, bed.owners.self());
        comparison.onEntry(FlowSamples.snatted(2));
        comparison.onEntry(known);
        assertThat(bed.state(FlowSamples.snatted(2))).isEqualTo("none");
        assertThat(finish()).as("whether the audit is worth something").isFalse();
        assertThat(bed.state(known)).isEqualTo("self 5 IN_KERNEL");
        compare(List.of(FlowSamples.snatted(2), known));
        assertThat(bed.state(FlowSamples.snatted(2))).isEqualTo("none");
        assertThat(told).as("the kernel says that it is gone by now").isEmpty();
    }

    @Test
    void anEntryThatDiesIsNotThere() throws Exception {
        Flow known = FlowSamples.snatted(1);
        bed.put(known, bed.owners.self());
        known.status |= Flow.IPS_DYING;
        kernel.has(known);
        Flow unknown = FlowSamples.snatted(2);
        unknown.status |= Flow.IPS_DYING;
        compare(List.of(known, unknown));
        assertThat(bed.state(unknown)).isEqualTo("none");
        assertThat(bed.state(known)).as("until its event").isEqualTo("self 5 IN_KERNEL");
        assertThat(told).isEmpty();
    }

    /** What changed while the dump was read was told by an event: the page is old. */
    @Test
    void anOldPageDoesNotTurnAFlowBack() throws Exception {
        Flow flow = FlowSamples.snatted(1);
        flow.tcpState = 2;
        int slot = bed.put(flow, bed.owners.self());
        comparison.begin((difference, s) -> told.add(difference.toString()));
        Flow established = FlowSamples.snatted(1);
        bed.event(EventType.UPDATE, established, CaptureBed.TRAFFIC);
        bed.table.toPublish().pollUrgent();
        comparison.nextPage();
        comparison.onEntry(flow);
        kernel.has(established);
        finish();
        assertThat(bed.read(slot).tcpState).isEqualTo(3);
        assertThat(bed.state(flow)).isEqualTo("self 5 IN_KERNEL");
        assertThat(told).isEmpty();
    }

    /** An active node claims what is nobody's, at any time. */
    @Test
    void whatWasClaimedMeanwhileIsFoundAllTheSame() throws Exception {
        Flow flow = FlowSamples.snatted(1);
        comparison.begin((difference, slot) -> told.add(difference.toString()));
        comparison.nextPage();
        comparison.onEntry(flow);
        bed.table.claim(bed.table.find(flow));
        kernel.has(flow);
        finish();
        assertThat(told).containsExactly("FOUND");
    }

    /** Whoever asks the kernel learns what events that nobody has read yet would have told; the last of them says the same. */
    @ParameterizedTest
    @ValueSource(strings = {"audit", "question"})
    void whatIsReadAfterALookEndsWhereTheLookWas(String who) throws Exception {
        Flow flow = FlowSamples.snatted(1);
        int slot = bed.put(flow, bed.owners.self());
        List<Flow> unread = new ArrayList<>();
        for (int mark = 1; mark <= 3; mark++) {
            Flow changed = FlowSamples.copy(flow);
            changed.mark = mark;
            unread.add(changed);
        }
        kernel.has(unread.getLast());
        if (who.equals("audit")) {
            compare(List.of(unread.getFirst()));
        } else {
            bed.event(EventType.DUMP, unread.getLast(), CaptureBed.TRAFFIC);
        }
        assertThat(bed.read(slot).mark).as("after the look").isEqualTo(3);
        unread.forEach(event -> bed.event(EventType.UPDATE, event, CaptureBed.TRAFFIC));
        assertThat(bed.read(slot).mark).isEqualTo(3);
        assertThat(bed.state(flow)).startsWith("self 5 IN_KERNEL publish");
    }

    /** Its event had not been read when the dump showed it. */
    @Test
    void whatIsNewIsNoDifferenceWhenItsEventHasCome() throws Exception {
        Flow flow = FlowSamples.snatted(1);
        comparison.begin((difference, slot) -> told.add(difference.toString()));
        comparison.nextPage();
        comparison.onEntry(flow);
        bed.event(EventType.NEW, flow, CaptureBed.TRAFFIC);
        kernel.has(flow);
        finish();
        assertThat(bed.state(flow)).isEqualTo("self 0 IN_KERNEL publish urgent");
        assertThat(told).isEmpty();
    }

    @Test
    void theFirstComparisonFindsNoDifferences() throws Exception {
        CaptureBed fresh = new CaptureBed(10);
        Comparison first = new Comparison(fresh.table, fresh.capture, kernel, fresh.counts);
        first.begin((difference, slot) -> told.add(difference.toString()));
        first.nextPage();
        first.onEntry(FlowSamples.snatted(1));
        assertThat(first.step()).isFalse();
        assertThat(first.end()).isTrue();
        assertThat(fresh.state(FlowSamples.snatted(1))).isEqualTo("unowned 0 IN_KERNEL");
        assertThat(told).isEmpty();
        assertThat(kernel.asked).isZero();
    }

    @Test
    void aKernelThatDoesNotAnswerEndsNothing() {
        Flow flow = FlowSamples.snatted(1);
        bed.put(flow, bed.owners.self());
        kernel.errno = Errno.ENOMEM;
        assertThatThrownBy(() -> compare(List.of()))
                .isInstanceOf(NetlinkException.class)
                .hasMessageContaining("conntrack look-up: ENOMEM");
        assertThat(bed.state(flow)).isEqualTo("self 5 IN_KERNEL");
    }

    @Test
    void aTurnAsksABoundedNumberOfQuestions() throws Exception {
        for (int i = 0; i < 10_000; i++) {
            bed.put(FlowSamples.udp(i), bed.owners.self());
        }
        comparison.begin((difference, slot) -> {});
        int turns = 0;
        int before = 0;
        boolean more = true;
        while (more) {
            more = comparison.step();
            assertThat(kernel.asked - before).isLessThanOrEqualTo(128);
            before = kernel.asked;
            turns++;
        }
        assertThat(kernel.asked).isEqualTo(10_000);
        assertThat(turns).isGreaterThanOrEqualTo(10_000 / 128);
        assertThat(comparison.found()).containsExactly(Map.entry(Difference.ENDED, 10_000L));
    }

    private static Flow withId(Flow flow, int id) {
        flow.kernelId = id;
        flow.present |= Flow.HAS_ID;
        return flow;
    }
}
