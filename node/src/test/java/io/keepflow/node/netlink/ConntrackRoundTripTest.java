package io.keepflow.node.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.protocol.Flow;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What goes into the kernel comes out of its dump: every protocol × family × NAT × zones. */
class ConntrackRoundTripTest {
    private static final int OSPF = 89;
    private static final int[] PROTOCOLS = {
        Flow.TCP, Flow.UDP, Flow.UDPLITE, Flow.SCTP, Flow.GRE, Flow.ICMP, Flow.ICMPV6, OSPF
    };

    private ConntrackNamespace kernel;

    @BeforeEach
    void open() throws Exception {
        kernel = new ConntrackNamespace();
    }

    @AfterEach
    void close() throws Exception {
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

    static Stream<Arguments> natAndZones() {
        return Stream.of(Nat.values()).flatMap(nat -> Stream.of(Zones.values()).map(zones -> Arguments.of(nat, zones)));
    }

    /** One flow of each protocol and family. */
    private static List<Flow> flows(Nat nat, Zones zones) {
        List<Flow> flows = new ArrayList<>();
        for (int protocol : PROTOCOLS) {
            for (int family : new int[] {Flow.IPV4, Flow.IPV6}) {
                if (protocol != (family == Flow.IPV4 ? Flow.ICMPV6 : Flow.ICMP)) {
                    Flow flow = Flows.plain(family, protocol, 0x4321 + protocol);
                    nat.applyTo(flow);
                    zones.applyTo(flow);
                    flows.add(flow);
                }
            }
        }
        return flows;
    }

    @ParameterizedTest(name = "NAT {0} zones {1}")
    @MethodSource("natAndZones")
    void createdFlowsAreDumpedAsTheyWere(Nat nat, Zones zones) throws Exception {
        List<Flow> flows = flows(nat, zones);

        assertAllOk(flows, (requests, flow) -> requests.create(flow, 600, 1));
        List<Flow> table = kernel.table();
        assertSame(table, flows);
        assertThat(table).allSatisfy(flow -> assertThat(flow.timeout).isBetween(590, 600));
        assertThat(table).allSatisfy(flow -> assertThat(flow.has(Flow.HAS_ID)).isTrue());

        assertAllOk(flows, (requests, flow) -> requests.delete(flow, 2));
        assertThat(kernel.table()).isEmpty();
    }

    @ParameterizedTest(name = "NAT {0} zones {1}")
    @MethodSource("natAndZones")
    void everyRequestFindsItsEntry(Nat nat, Zones zones) throws Exception {
        List<Flow> flows = flows(nat, zones);
        assertAllOk(flows, (requests, flow) -> requests.create(flow, 600, 1));

        for (Flow flow : flows.stream().filter(f -> f.protocol == Flow.GRE).toList()) {
            assertThat(Errno.name(kernel.answer(requests -> requests.refresh(flow, 900, 2))))
                    .as("GRE entries have a fixed timeout")
                    .isEqualTo("EPERM");
            assertAllOk(List.of(flow), (requests, f) -> requests.update(f, 900, true, 2));
            assertAllOk(List.of(flow), (requests, f) -> requests.deleteByReply(f, 2));
            flows.remove(flow);
        }
        flows.forEach(flow -> {
            flow.mark = 5;
            flow.tcpState = flow.protocol == Flow.TCP ? 5 : 0;
            flow.sctpState = flow.protocol == Flow.SCTP ? 7 : 0;
        });
        assertAllOk(flows, (requests, flow) -> requests.update(flow, 200, true, 2));
        List<Flow> updated = kernel.table();
        assertSame(updated, flows);
        assertThat(updated).allSatisfy(flow -> assertThat(flow.timeout).isBetween(190, 200));

        assertAllOk(flows, (requests, flow) -> requests.refresh(flow, 900, 3));
        List<Flow> refreshed = kernel.table();
        assertSame(refreshed, flows);
        assertThat(refreshed).allSatisfy(flow -> assertThat(flow.timeout).isBetween(890, 900));

        assertAllOk(flows, (requests, flow) -> requests.deleteByReply(flow, 4));
        assertThat(kernel.table()).isEmpty();
    }

    /** PPTP's call keys, which the kernel itself translates for flows with a master only. */
    @Test
    void callKeysOfNattedGreAreKept() throws Exception {
        Flow flow = Flows.snat(Flows.plain(Flow.IPV4, Flow.GRE, 1));
        flow.original.l4Src = 0x1111;
        flow.original.l4Dst = 0x2222;
        flow.reply.l4Src = 0x2222;
        flow.reply.l4Dst = 0x3333;
        assertAllOk(List.of(flow), (requests, f) -> requests.create(f, 600, 1));
        assertSame(kernel.table(), List.of(flow));
    }

    /** One address, two ports: a redirect to the firewall itself changes nothing but the port. */
    @Test
    void natOfThePortAlone() throws Exception {
        List<Flow> flows = new ArrayList<>();
        for (int protocol : new int[] {Flow.TCP, Flow.UDP, Flow.UDPLITE, Flow.SCTP}) {
            Flow flow = Flows.plain(Flow.IPV6, protocol, 1000);
            flow.reply.l4Src = 3128;
            flow.status |= Flow.IPS_DST_NAT;
            flows.add(flow);
        }
        assertAllOk(flows, (requests, f) -> requests.create(f, 600, 1));
        assertSame(kernel.table(), flows);
    }

    private interface Request {
        boolean add(ConntrackRequests requests, Flow flow);
    }

    private void assertAllOk(List<Flow> flows, Request request) throws Exception {
        for (Flow flow : flows) {
            String answer = Errno.name(kernel.answer(requests -> request.add(requests, flow)));
            assertThat(answer).as(Flows.describe(flow)).isEqualTo("OK");
        }
    }

    private static void assertSame(List<Flow> table, List<Flow> flows) {
        assertThat(table.stream().map(Flows::describe))
                .containsExactlyInAnyOrderElementsOf(
                        flows.stream().map(Flows::describe).toList());
    }
}
