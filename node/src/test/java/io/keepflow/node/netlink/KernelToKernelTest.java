package io.keepflow.node.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.node.table.FlowTable;
import io.keepflow.node.table.Owners;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.FrameReader;
import io.keepflow.protocol.FrameWriter;
import io.keepflow.protocol.testkit.FlowSamples;
import io.keepflow.protocol.v1.Frame;
import java.lang.reflect.Proxy;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A flow of every kind on its whole way: one kernel's dump, table, wire, table, another kernel's dump. Both must say the same. */
class KernelToKernelTest {
    private static final LabelMask ALL_LABELS =
            LabelMask.of(BigInteger.ONE.shiftLeft(128).subtract(BigInteger.ONE));

    private ConntrackNamespace here;
    private ConntrackNamespace there;

    enum Kind {
        PLAIN,
        SOURCE_NAT,
        DESTINATION_NAT,
        ZONE,
        ZONE_OF_A_DIRECTION,
        HELPER,
        RELATED,
        RELATED_WITH_HELPER,
        ADJUSTED,
        SYNPROXY,
        LABELS,
        EVERYTHING;

        private boolean is(Kind... kinds) {
            return this == EVERYTHING || List.of(kinds).contains(this);
        }

        void applyTo(Flow flow, Flow master) {
            if (is(SOURCE_NAT)) {
                Flows.snat(flow);
            }
            if (is(DESTINATION_NAT)) {
                Flows.dnat(flow);
            }
            flow.zone = is(ZONE) ? 9 : 0;
            flow.zoneReply = this == ZONE_OF_A_DIRECTION ? 8 : 0;
            extend(flow, master);
        }

        private void extend(Flow flow, Flow master) {
            if (is(HELPER, RELATED_WITH_HELPER) && (flow.protocol == Flow.TCP || flow.protocol == Flow.UDP)) {
                flow.present |= Flow.HAS_HELPER;
                assertThat(flow.extensions.helper.set("sip")).isTrue();
            }
            if (is(RELATED, RELATED_WITH_HELPER)) {
                flow.present |= Flow.HAS_MASTER;
                flow.extensions.master.set(master.original);
                flow.extensions.masterProtocol = master.protocol;
            }
            if (is(ADJUSTED)) {
                flow.present |= Flow.HAS_SEQ_ADJUST;
                flow.extensions.seqOriginal.position = 0xf0000001;
                flow.extensions.seqOriginal.after = 7;
                flow.extensions.seqReply.before = -8;
                flow.extensions.seqReply.after = Integer.MIN_VALUE;
            }
            if (is(SYNPROXY)) {
                flow.present |= Flow.HAS_SYNPROXY;
                flow.extensions.synproxyIsn = -1;
                flow.extensions.synproxyTsoff = 0x80000001;
            }
            if (is(LABELS)) {
                flow.present |= Flow.HAS_LABELS;
                flow.extensions.labelsHigh = 0x8000_0000_0000_0001L;
                flow.extensions.labelsLow = 3;
            }
        }
    }

    @BeforeEach
    void open() throws Exception {
        here = new ConntrackNamespace();
        there = new ConntrackNamespace();
        for (ConntrackNamespace kernel : List.of(here, there)) {
            kernel.namespace.exec("nft", """
                add table inet t
                add chain inet t in { type filter hook input priority 0; }
                add rule inet t in ct label set 1
                """);
        }
    }

    @AfterEach
    void close() throws Exception {
        here.close();
        there.close();
    }

    @ParameterizedTest
    @EnumSource
    void bothKernelsSayTheSame(Kind kind) throws Exception {
        List<Flow> made = new ArrayList<>();
        for (int family : new int[] {Flow.IPV4, Flow.IPV6}) {
            Flow master = Flows.plain(family, Flow.TCP, 1);
            master.zone = kind.is(Kind.ZONE) ? 9 : 0;
            made.add(master);
            for (int protocol : protocols(family)) {
                Flow flow = Flows.plain(family, protocol, 0x4321 + protocol);
                kind.applyTo(flow, master);
                made.add(flow);
            }
        }
        create(here, made);
        List<Flow> shown = table(here);
        assertThat(shown).hasSameSizeAs(made);

        List<Flow> arrived = new ArrayList<>();
        for (Flow flow : shown) {
            arrived.add(throughTable(throughWire(throughTable(flow))));
        }
        arrived.sort(Comparator.comparing(flow -> flow.has(Flow.HAS_MASTER)));
        create(there, arrived);
        assertThat(texts(table(there))).isEqualTo(texts(shown));
    }

    private static int[] protocols(int family) {
        int icmp = family == Flow.IPV4 ? Flow.ICMP : Flow.ICMPV6;
        return new int[] {Flow.TCP, Flow.UDP, Flow.UDPLITE, Flow.SCTP, Flow.GRE, icmp, 89};
    }

    private static void create(ConntrackNamespace kernel, List<Flow> flows) throws Exception {
        List<String> answers = new ArrayList<>();
        try (ConntrackRequests requests = kernel.namespace.call(() -> ConntrackRequests.open(ALL_LABELS))) {
            for (Flow flow : flows) {
                assertThat(requests.create(flow, 600, 1)).isTrue();
            }
            requests.flush((cookie, errno) -> answers.add(Errno.name(errno)));
        }
        assertThat(answers).hasSameSizeAs(flows).containsOnly("OK");
    }

    private static List<Flow> table(ConntrackNamespace kernel) throws Exception {
        RecordingListener listener = new RecordingListener() {
            @Override
            public LabelMask labels() {
                return ALL_LABELS;
            }
        };
        try (ConntrackDump dump = kernel.dump(listener)) {
            listener.awaitEnd();
        }
        listener.assertNothingMalformed();
        return listener.flows();
    }

    private static Flow throughTable(Flow flow) {
        FlowTable table = new FlowTable(10, new Owners("self", 1), 42);
        Flow loaded = new Flow();
        table.load(table.add(flow), loaded);
        return loaded;
    }

    private static Flow throughWire(Flow flow) throws Exception {
        FrameWriter writer = new FrameWriter(1372);
        writer.begin(1, 1, 0, 0);
        assertThat(writer.add(flow, 5, false)).isTrue();
        assertThat(Frame.parseFrom(Arrays.copyOf(writer.array(), writer.length()))
                        .getDeltasCount())
                .isEqualTo(1);
        Flow read = new Flow();
        FrameReader.Handler handler = (FrameReader.Handler) Proxy.newProxyInstance(
                KernelToKernelTest.class.getClassLoader(), new Class<?>[] {FrameReader.Handler.class}, (p, m, a) -> {
                    if (m.getName().equals("onDelta")) {
                        read.set((Flow) a[0]);
                    }
                    return null;
                });
        new FrameReader().read(writer.array(), 0, writer.length(), handler);
        return read;
    }

    /** Everything but what is each kernel's own: the id, and how much is left of the timeout. */
    private static List<String> texts(List<Flow> flows) {
        return flows.stream()
                .map(flow -> FlowSamples.text(flow).replaceAll(" timeout \\d+", ""))
                .sorted()
                .toList();
    }
}
