package io.keepflow.node.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.protocol.Flow;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What goes into the kernel comes out of its dump: every protocol × family × NAT × zones. */
class ConntrackRoundTripTest {
    private static final int OSPF = 89;
    private static final int[] PROTOCOLS = {
        Flow.TCP, Flow.UDP, Flow.UDPLITE, Flow.SCTP, Flow.GRE, Flow.ICMP, Flow.ICMPV6, OSPF
    };

    private static ConntrackNamespace kernel;

    @BeforeAll
    static void open() throws Exception {
        kernel = new ConntrackNamespace();
    }

    @AfterAll
    static void close() throws Exception {
        kernel.close();
    }

    enum Nat {
        NONE,
        SOURCE,
        DESTINATION,
        BOTH;

        void applyTo(Flow flow) {
            if (this == SOURCE || this == BOTH) {
                Flows.snat(flow);
            }
            if (this == DESTINATION || this == BOTH) {
                Flows.dnat(flow);
            }
        }
    }

    enum Zones {
        NONE,
        BOTH_DIRECTIONS,
        ORIGINAL,
        REPLY;

        void applyTo(Flow flow) {
            switch (this) {
                case NONE -> {}
                case BOTH_DIRECTIONS -> flow.zone = 0xf001;
                case ORIGINAL -> flow.zoneOriginal = 7;
                case REPLY -> flow.zoneReply = 8;
            }
        }
    }

    static Stream<Arguments> everything() {
        return IntStream.of(PROTOCOLS)
                .boxed()
                .flatMap(protocol -> Stream.of(Flow.IPV4, Flow.IPV6)
                        .filter(family -> !(protocol == Flow.ICMP && family == Flow.IPV6))
                        .filter(family -> !(protocol == Flow.ICMPV6 && family == Flow.IPV4))
                        .flatMap(family -> Stream.of(Nat.values())
                                .flatMap(nat -> Stream.of(Zones.values())
                                        .map(zones -> Arguments.of(protocol, family, nat, zones)))));
    }

    @ParameterizedTest(name = "protocol {0} family {1} NAT {2} zones {3}")
    @MethodSource("everything")
    void createdFlowIsDumpedAsItWas(int protocol, int family, Nat nat, Zones zones) throws Exception {
        Flow flow = Flows.plain(family, protocol, 0x4321);
        nat.applyTo(flow);
        zones.applyTo(flow);

        assertThat(Errno.name(kernel.answer(requests -> requests.create(flow, 600, 1))))
                .isEqualTo("OK");

        List<Flow> table = kernel.table();
        assertThat(table).hasSize(1);
        Flow dumped = table.getFirst();
        assertThat(Flows.describe(dumped)).isEqualTo(Flows.describe(flow));
        assertThat(dumped.timeout).isBetween(595, 600);
        assertThat(dumped.has(flow.present | Flow.HAS_ID)).isTrue();
        removed(flow);
    }

    /** Every other request finds the entry too, whatever its zones. */
    private static void removed(Flow flow) throws Exception {
        assertThat(Errno.name(kernel.answer(requests -> requests.refresh(flow, 300, 2))))
                .isEqualTo("OK");
        flow.mark = 5;
        assertThat(Errno.name(kernel.answer(requests -> requests.update(flow, 200, true, 3))))
                .isEqualTo("OK");
        Flow updated = kernel.table().getFirst();
        assertThat(Flows.describe(updated)).isEqualTo(Flows.describe(flow));
        assertThat(updated.timeout).isBetween(195, 200);
        assertThat(Errno.name(kernel.answer(requests -> requests.delete(flow, 4))))
                .isEqualTo("OK");
        assertThat(kernel.table()).isEmpty();
        assertThat(Errno.name(kernel.answer(requests -> requests.create(flow, 600, 5))))
                .isEqualTo("OK");
        assertThat(Errno.name(kernel.answer(requests -> requests.deleteByReply(flow, 6))))
                .isEqualTo("OK");
        assertThat(kernel.table()).isEmpty();
    }
}
