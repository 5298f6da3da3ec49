package io.keepflow.node.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.protocol.Flow;
import io.keepflow.protocol.Tuple;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Helpers and masters through the kernel: what it takes, what it refuses, and what its dump shows of it. */
class ExtensionRoundTripTest {
    private ConntrackNamespace kernel;

    @BeforeEach
    void open() throws Exception {
        kernel = new ConntrackNamespace();
    }

    @AfterEach
    void close() throws Exception {
        kernel.close();
    }

    @ParameterizedTest(name = "{0} over protocol {1}")
    @CsvSource({"ftp, 6", "sip, 17", "tftp, 17", "pptp, 6", "Q.931, 6", "RAS, 17", "amanda, 17", "irc, 6", "snmp, 17"})
    void aHelperIsRestored(String helper, int protocol) throws Exception {
        Flow flow = helped(helper, Flows.plain(Flow.IPV4, protocol, 1));
        assertThat(create(flow)).isEqualTo("OK");
        Flow shown = kernel.table().getFirst();
        assertThat(shown.has(Flow.HAS_HELPER)).isTrue();
        assertThat(shown.extensions.helper).hasToString(helper);
        assertThat(shown.status & Flow.IPS_HELPER).isEqualTo(Flow.IPS_HELPER);
    }

    @Test
    void aHelperThatTheKernelHasNotIsRefused() throws Exception {
        assertThat(create(helped("no-such-helper", Flows.plain(Flow.IPV4, Flow.TCP, 1))))
                .isEqualTo("EOPNOTSUPP");
        assertThat(create(helped("ftp", Flows.plain(Flow.IPV4, Flow.UDP, 1)))).isEqualTo("EOPNOTSUPP");
    }

    @ParameterizedTest(name = "family {0} zones {1} {2}")
    @CsvSource({"2, 0, 0", "2, 7, 0", "2, 0, 7", "10, 0, 0", "10, 7, 0", "10, 0, 7"})
    void aMasterIsRestored(int family, int zone, int zoneOriginal) throws Exception {
        Flow master = helped("ftp", Flows.snat(Flows.plain(family, Flow.TCP, 1)));
        Flow related = related(master, Flows.plain(family, Flow.TCP, 2));
        for (Flow flow : List.of(master, related)) {
            flow.zone = zone;
            flow.zoneOriginal = zoneOriginal;
        }
        assertThat(create(related)).as("without its master").isEqualTo("ENOENT");
        assertThat(create(master)).isEqualTo("OK");
        assertThat(create(related)).isEqualTo("OK");
        Flow shown = kernel.table().stream()
                .filter(flow -> flow.has(Flow.HAS_MASTER))
                .findFirst()
                .orElseThrow();
        assertThat(shown.original.sameAs(related.original)).isTrue();
        assertThat(shown.extensions.master.sameAs(master.original)).isTrue();
        assertThat(shown.extensions.masterProtocol).isEqualTo(Flow.TCP);
        assertThat(shown.status & Flow.IPS_EXPECTED).isEqualTo(Flow.IPS_EXPECTED);
    }

    @Test
    void aRelatedFlowMayHaveAHelperOfItsOwn() throws Exception {
        Flow master = helped("Q.931", Flows.plain(Flow.IPV4, Flow.TCP, 1));
        Flow related = related(master, helped("ftp", Flows.plain(Flow.IPV4, Flow.TCP, 2)));
        assertThat(create(master)).isEqualTo("OK");
        assertThat(create(related)).isEqualTo("OK");
        assertThat(kernel.table()).anySatisfy(flow -> {
            assertThat(flow.has(Flow.HAS_MASTER | Flow.HAS_HELPER)).isTrue();
            assertThat(flow.extensions.helper).hasToString("ftp");
        });
    }

    @Test
    void whatEventsSayOfHelperAndMaster() throws Exception {
        Flow master = helped("ftp", Flows.plain(Flow.IPV4, Flow.TCP, 1));
        Flow related = related(master, Flows.plain(Flow.IPV4, Flow.TCP, 2));
        RecordingListener heard = new RecordingListener();
        try (ConntrackEvents events = kernel.events(heard, 1 << 20)) {
            create(master);
            create(related);
            master.tcpState = related.tcpState = 5;
            kernel.answer(requests -> requests.update(master, 100, true, 1));
            kernel.answer(requests -> requests.update(related, 100, true, 1));
            heard.awaitHeard(h -> h.type() == EventType.NEW
                    && isFor(h.flow(), master)
                    && h.flow().has(Flow.HAS_HELPER));
            heard.awaitHeard(h -> h.type() == EventType.NEW
                    && isFor(h.flow(), related)
                    && h.flow().has(Flow.HAS_MASTER));
            // The helper is in every event, the master in the first alone.
            heard.awaitHeard(h -> h.type() == EventType.UPDATE
                    && isFor(h.flow(), master)
                    && h.flow().has(Flow.HAS_HELPER));
            heard.awaitHeard(h -> h.type() == EventType.UPDATE
                    && isFor(h.flow(), related)
                    && !h.flow().has(Flow.HAS_MASTER));
        }
    }

    /** What a flow table forwards: no timeout and no state in the dump of it. */
    @Test
    void anOffloadedConnectionIsRestoredAsAnOrdinaryEstablishedOne() throws Exception {
        Flow flow = Flows.snat(Flows.plain(Flow.IPV4, Flow.TCP, 1));
        flow.status |= Flow.IPS_OFFLOAD | Flow.IPS_HW_OFFLOAD;
        flow.present &= ~(Flow.HAS_TCP | Flow.HAS_TIMEOUT);
        flow.tcpState = flow.tcpFlagsOriginal = flow.tcpFlagsReply = 0;
        assertThat(create(flow)).isEqualTo("OK");
        Flow shown = kernel.table().getFirst();
        assertThat(shown.tcpState).isEqualTo(Ctnetlink.TCP_CONNTRACK_ESTABLISHED);
        assertThat(shown.tcpFlagsOriginal & shown.tcpFlagsReply & Ctnetlink.IP_CT_TCP_FLAG_BE_LIBERAL)
                .isNotZero();
        assertThat(shown.status & (Flow.IPS_OFFLOAD | Flow.IPS_HW_OFFLOAD)).isZero();
        assertThat(Errno.name(kernel.answer(requests -> requests.update(flow, 300, true, 1))))
                .isEqualTo("OK");
    }

    /** Only where a rule uses labels does an entry have room for them; otherwise a create ignores them and an update fails. */
    @ParameterizedTest(name = "with a rule: {0}")
    @CsvSource({"true", "false"})
    void maskedLabelsAreRestored(boolean rule) throws Exception {
        if (rule) {
            kernel.namespace.exec("nft", """
                add table inet t
                add chain inet t in { type filter hook input priority 0; }
                add rule inet t in ct label set 1
                """);
        }
        LabelMask mask = LabelMask.of(BigInteger.valueOf(0x1ff).setBit(127));
        Flow flow = Flows.plain(Flow.IPV4, Flow.TCP, 1);
        // Labels 0, 8, 9 and 127; 9 is not in the mask.
        flow.extensions.labelsHigh = 0x0103_0000_0000_0000L;
        flow.extensions.labelsLow = 0x80;
        flow.present |= Flow.HAS_LABELS;
        RecordingListener masked = new RecordingListener() {
            @Override
            public LabelMask labels() {
                return mask;
            }
        };
        try (ConntrackRequests requests = kernel.namespace.call(() -> ConntrackRequests.open(mask));
                ConntrackEvents events = kernel.events(masked, 1 << 20)) {
            assertThat(answer(requests, () -> requests.create(flow, 600, 1))).isEqualTo("OK");
            assertThat(kernel.table().getFirst().has(Flow.HAS_LABELS))
                    .as("nobody sees them who did not ask")
                    .isFalse();
            flow.mark = 9;
            assertThat(answer(requests, () -> requests.update(flow, 600, true, 1)))
                    .isEqualTo(rule ? "OK" : "ENOSPC");
            assertThat(kernel.table().getFirst().mark).as("the rest is updated").isEqualTo(9);
            if (rule) {
                Flow heard =
                        masked.awaitHeard(h -> h.flow().has(Flow.HAS_LABELS)).flow();
                assertThat(heard.extensions.labelsHigh).isEqualTo(0x0101_0000_0000_0000L);
                assertThat(heard.extensions.labelsLow).isEqualTo(0x80);
            }
        }
    }

    private static String answer(ConntrackRequests requests, BooleanSupplier request) throws Exception {
        List<String> answers = new ArrayList<>();
        assertThat(request.getAsBoolean()).isTrue();
        requests.flush((cookie, errno) -> answers.add(Errno.name(errno)));
        return answers.getLast();
    }

    private static boolean isFor(Flow heard, Flow flow) {
        return heard.original.sameAs(flow.original);
    }

    private static Flow helped(String helper, Flow flow) {
        assertThat(flow.extensions.helper.set(helper)).isTrue();
        flow.present |= Flow.HAS_HELPER;
        return flow;
    }

    private static Flow related(Flow master, Flow flow) {
        Tuple tuple = flow.extensions.master;
        tuple.set(master.original);
        flow.extensions.masterProtocol = master.protocol;
        flow.present |= Flow.HAS_MASTER;
        return flow;
    }

    private String create(Flow flow) throws Exception {
        return Errno.name(kernel.answer(requests -> requests.create(flow, 600, 1)));
    }
}
