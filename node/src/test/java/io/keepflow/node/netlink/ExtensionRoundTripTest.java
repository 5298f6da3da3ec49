package io.keepflow.node.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.protocol.Flow;
import io.keepflow.protocol.Tuple;
import java.util.List;
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
