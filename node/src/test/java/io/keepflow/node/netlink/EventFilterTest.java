package io.keepflow.node.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keepflow.node.filter.Identity;
import io.keepflow.node.filter.Range;
import io.keepflow.node.filter.Rule;
import io.keepflow.node.filter.Rules;
import io.keepflow.node.filter.Selection;
import io.keepflow.node.filter.State;
import io.keepflow.node.notation.Prefix;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.Tuples;
import io.keepflow.protocol.testkit.Seed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The programs, run by the real kernel on its real events. */
class EventFilterTest {
    private static final int SELECTIONS = 40;
    private static final int FLOWS = 150;

    private ConntrackNamespace kernel;

    @BeforeEach
    void open() throws Exception {
        kernel = new ConntrackNamespace();
    }

    @AfterEach
    void close() throws Exception {
        kernel.close();
    }

    /** Each program on the same events: a flow's NEW passes if and only if user space would take it; its DESTROY always. */
    @Test
    void theKernelDecidesAsUserSpace() throws Exception {
        Random random = Seed.random();
        Map<Selection, RecordingListener> listeners = new LinkedHashMap<>();
        List<ConntrackEvents> sockets = new ArrayList<>();
        while (listeners.size() < SELECTIONS) {
            Selection selection = Rules.random(random, random.nextBoolean());
            if (!listeners.containsKey(selection)) {
                RecordingListener listener = new RecordingListener();
                listeners.put(selection, listener);
                sockets.add(kernel.events(listener, selection));
            }
        }
        assertThat(sockets).extracting(ConntrackEvents::filterInstructions).allMatch(length -> length >= 0);
        List<Flow> flows = createFlows(random);
        for (Flow flow : flows) {
            assertThat(kernel.answer(r -> r.delete(flow, 1))).isZero();
        }
        int hidden = 0;
        for (Map.Entry<Selection, RecordingListener> entry : listeners.entrySet()) {
            RecordingListener listener = entry.getValue();
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> heard(listener, EventType.DESTROY).size() == flows.size());
            Set<String> expected = flows.stream()
                    .filter(flow -> entry.getKey().decideForLife(flow) == Selection.ADMITTED)
                    .map(EventFilterTest::identity)
                    .collect(Collectors.toCollection(LinkedHashSet::new));
            assertThat(heard(listener, EventType.NEW)).as("%s", entry.getKey()).isEqualTo(expected);
            listener.assertNothingMalformed();
            hidden += flows.size() - expected.size();
        }
        assertThat(hidden).isBetween(SELECTIONS * FLOWS / 20, SELECTIONS * FLOWS * 19 / 20);
        for (ConntrackEvents socket : sockets) {
            socket.close();
        }
    }

    private List<Flow> createFlows(Random random) throws Exception {
        List<Flow> flows = new ArrayList<>();
        while (flows.size() < FLOWS) {
            Flow flow = Rules.flow(random);
            creatable(flow);
            int errno = kernel.answer(r -> r.create(flow, 600, 1));
            assertThat(errno).as(Flows.describe(flow)).isIn(0, Errno.EEXIST);
            if (errno == 0) {
                flows.add(flow);
            }
        }
        return flows;
    }

    private static void creatable(Flow flow) {
        flow.status = Flow.IPS_CONFIRMED;
        flow.timeout = 600;
        flow.present = Flow.HAS_REPLY | Flow.HAS_STATUS | Flow.HAS_TIMEOUT | Flow.HAS_MARK;
        switch (flow.protocol) {
            case Flow.ICMP -> flow.original.l4Dst = 8 << 8;
            case Flow.ICMPV6 -> flow.original.l4Dst = 128 << 8;
            case Flow.GRE -> flow.original.l4Src = flow.original.l4Dst = 0;
            case Flow.TCP -> {
                flow.present |= Flow.HAS_TCP;
                flow.tcpState = 3;
            }
            case Flow.SCTP -> {
                flow.present |= Flow.HAS_SCTP;
                flow.sctpState = 4;
                flow.sctpVtagOriginal = flow.sctpVtagReply = 1;
            }
            default -> {}
        }
        Tuples.invert(flow.protocol, flow.original, flow.reply);
    }

    private static Set<String> heard(RecordingListener listener, EventType type) {
        return listener.heard().stream()
                .filter(heard -> heard.type() == type)
                .map(heard -> identity(heard.flow()))
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private static String identity(Flow flow) {
        return Flows.describe(flow).replaceFirst(" reply .* zones", " zones").replaceFirst(" nat .*", "");
    }

    @Test
    void updatesOfWhatIsLeftOutAreDroppedToo() throws Exception {
        RecordingListener listener = new RecordingListener();
        Selection noUdp = new Selection(List.of(), List.of(Rules.protocol(Flow.UDP)), false, 0);
        try (ConntrackEvents events = kernel.events(listener, noUdp)) {
            Flow udp = Flows.plain(Flow.IPV4, Flow.UDP, 1);
            Flow tcp = Flows.plain(Flow.IPV4, Flow.TCP, 2);
            for (Flow flow : List.of(udp, tcp)) {
                kernel.answer(r -> r.create(flow, 100, 1));
                flow.mark++;
                assertThat(kernel.answer(r -> r.update(flow, 100, false, 1))).isZero();
            }
            assertThat(kernel.answer(r -> r.delete(udp, 1))).isZero();
            listener.awaitHeard(heard -> heard.type() == EventType.DESTROY);
            assertThat(listener.heard())
                    .extracting(heard -> heard.type() + " " + heard.flow().protocol)
                    .containsExactly("NEW 6", "UPDATE 6", "DESTROY 17");
            assertThat(events.filterInstructions()).isPositive();
        }
    }

    /** Nothing of it can be decided in the kernel, because a mark may change. */
    @Test
    void whatMayChangeIsNotDecidedInTheKernel() throws Exception {
        RecordingListener listener = new RecordingListener();
        Selection byState =
                new Selection(List.of(Rules.mark(1, 1)), List.of(Rules.tcpStates(3), Rules.mark(2, 2)), true, 5);
        try (ConntrackEvents events = kernel.events(listener, byState)) {
            assertThat(events.filterInstructions()).isZero();
            kernel.answer(r -> r.create(Flows.plain(Flow.IPV4, Flow.TCP, 1), 100, 1));
            listener.awaitHeard(heard -> heard.type() == EventType.NEW);
        }
    }

    /** More than 4,096 instructions: user space decides alone, and everything comes. */
    @Test
    void aProgramThatIsTooLongIsLeftOut() throws Exception {
        List<Prefix> prefixes = IntStream.range(0, 1000)
                .mapToObj(i -> Prefix.parse("2001:db8:" + Integer.toHexString(i) + "::/48"))
                .toList();
        Rule rule = new Rule(
                1,
                new Identity(List.of(), prefixes, List.of(), List.of(), List.of(), List.of(new Range(1, 5))),
                State.ANY);
        RecordingListener listener = new RecordingListener();
        try (ConntrackEvents events = kernel.events(listener, new Selection(List.of(rule), List.of(), false, 0))) {
            assertThat(events.filterInstructions()).isEqualTo(-1);
            kernel.answer(r -> r.create(Flows.plain(Flow.IPV4, Flow.TCP, 1), 100, 1));
            listener.awaitHeard(heard -> heard.type() == EventType.NEW);
        }
    }
}
