package io.keepflow.node.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.keepflow.node.notation.Addresses;
import io.keepflow.node.notation.Addresses.Address;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.v1.FlowRow;
import io.keepflow.protocol.v1.FlowsRequest;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class FlowFilterTest {
    private final Flow flow = natted();

    static Flow natted() {
        Flow flow = new Flow();
        flow.family = Flow.IPV4;
        flow.protocol = Flow.TCP;
        flow.original.srcLow = Addresses.parse("10.1.2.3").low();
        flow.original.dstLow = Addresses.parse("198.51.100.7").low();
        flow.original.l4Src = 40_001;
        flow.original.l4Dst = 443;
        flow.reply.srcLow = Addresses.parse("198.51.100.7").low();
        flow.reply.dstLow = Addresses.parse("203.0.113.1").low();
        flow.reply.l4Src = 443;
        flow.reply.l4Dst = 1_024;
        flow.status = Flow.IPS_CONFIRMED | Flow.IPS_SEEN_REPLY | Flow.IPS_ASSURED | Flow.IPS_SRC_NAT;
        flow.mark = 0xdead_00ff;
        flow.zone = 5;
        flow.timeout = 432_000;
        flow.tcpState = 3;
        flow.present = Flow.HAS_REPLY | Flow.HAS_STATUS | Flow.HAS_MARK | Flow.HAS_TCP | Flow.HAS_TIMEOUT;
        return flow;
    }

    @Test
    void anEmptyRequestMatchesEverything() {
        expect(true, r -> r);
        FlowFilter filter = FlowFilter.of(FlowsRequest.getDefaultInstance());
        assertThat(filter.limit()).isEqualTo(Integer.MAX_VALUE);
        assertThat(filter.matchesOwner("fw1")).isTrue();
    }

    @Test
    void ownerAndLimitAreTheirOwn() {
        FlowFilter filter = FlowFilter.of(
                FlowsRequest.newBuilder().setOwner("fw1").setLimit(7).build());
        assertThat(filter.matchesOwner("fw1")).isTrue();
        assertThat(filter.matchesOwner("fw2")).isFalse();
        assertThat(filter.limit()).isEqualTo(7);
    }

    @Test
    void familyAndProtocol() {
        expect(true, r -> r.setFamily(Flow.IPV4));
        expect(false, r -> r.setFamily(Flow.IPV6));
        expect(true, r -> r.setProtocol(Flow.TCP));
        expect(false, r -> r.setProtocol(Flow.UDP));
        expect(false, r -> r.setProtocol(0));
    }

    @Test
    void addressesByPrefix() {
        expect(true, r -> r.setOrigSrc("10.1.2.3"));
        expect(false, r -> r.setOrigSrc("10.1.2.4"));
        expect(true, r -> r.setOrigSrc("10.0.0.0/8"));
        expect(true, r -> r.setOrigSrc("10.1.2.2/31"));
        expect(false, r -> r.setOrigSrc("10.1.2.4/31"));
        expect(true, r -> r.setOrigSrc("0.0.0.0/0"));
        expect(false, r -> r.setOrigSrc("::/0"));
        expect(true, r -> r.setOrigDst("198.51.100.7/32"));
        expect(false, r -> r.setOrigDst("10.0.0.0/8"));
        expect(true, r -> r.setReplySrc("198.51.100.0/24"));
        expect(true, r -> r.setReplyDst("203.0.113.1"));
        expect(false, r -> r.setReplyDst("10.1.2.3"));
    }

    @Test
    void ipv6Prefixes() {
        flow.family = Flow.IPV6;
        Address source = Addresses.parse("2001:db8:0:ffff:8000::1");
        flow.original.srcHigh = source.high();
        flow.original.srcLow = source.low();
        expect(true, r -> r.setOrigSrc("2001:db8::/32"));
        expect(true, r -> r.setOrigSrc("2001:db8:0:ffff::/64"));
        expect(true, r -> r.setOrigSrc("2001:db8:0:ffff:8000::/65"));
        expect(false, r -> r.setOrigSrc("2001:db8:0:ffff::/65"));
        expect(true, r -> r.setOrigSrc("2001:db8:0:ffff:8000::1/128"));
        expect(false, r -> r.setOrigSrc("2001:db8:0:ffff:8000::/128"));
        expect(true, r -> r.setOrigSrc("::/0"));
        expect(false, r -> r.setOrigSrc("0.0.0.0/0"));
    }

    @Test
    void portsOnlyWhereTheProtocolHasThem() {
        expect(true, r -> r.setOrigSport(40_001).setOrigDport(443));
        expect(false, r -> r.setOrigSport(443));
        expect(false, r -> r.setOrigDport(80));
        flow.protocol = Flow.ICMP;
        expect(false, r -> r.setOrigSport(40_001));
    }

    @Test
    void markUnderItsMask() {
        expect(true, r -> r.setMark(0xdead_00ff));
        expect(false, r -> r.setMark(0xff));
        expect(true, r -> r.setMark(0xff).setMarkMask(0xffff));
        expect(true, r -> r.setMark(0xdead_0000).setMarkMask(0xffff_0000));
        flow.present &= ~Flow.HAS_MARK;
        expect(true, r -> r.setMark(0));
    }

    @Test
    void zoneOfBothOrOfTheOriginalDirection() {
        expect(true, r -> r.setZone(5));
        expect(false, r -> r.setZone(0));
        flow.zone = 0;
        flow.zoneOriginal = 6;
        expect(true, r -> r.setZone(6));
    }

    @Test
    void stateByName() {
        expect(true, r -> r.setState("ESTABLISHED"));
        expect(true, r -> r.setState("established"));
        expect(false, r -> r.setState("TIME_WAIT"));
        expect(false, r -> r.setState("COOKIE_WAIT"));
        flow.present &= ~Flow.HAS_TCP;
        expect(false, r -> r.setState("ESTABLISHED"));
        flow.protocol = Flow.SCTP;
        flow.present |= Flow.HAS_SCTP;
        flow.sctpState = 4;
        expect(true, r -> r.setState("ESTABLISHED"));
        flow.sctpState = 3;
        expect(false, r -> r.setState("ESTABLISHED"));
    }

    @Test
    void statusBitsAndNat() {
        expect(true, r -> r.setStatusSet(Flow.IPS_ASSURED | Flow.IPS_SEEN_REPLY));
        expect(false, r -> r.setStatusSet(Flow.IPS_ASSURED | Flow.IPS_OFFLOAD));
        expect(false, r -> r.setStatusClear(Flow.IPS_SEEN_REPLY));
        expect(true, r -> r.setStatusClear(Flow.IPS_OFFLOAD));
        expect(true, r -> r.setSrcNat(true));
        expect(false, r -> r.setDstNat(true));
        expect(true, r -> r.setAnyNat(true));
        flow.status = 0;
        expect(false, r -> r.setAnyNat(true));
    }

    @Test
    void refusesWhatCannotBe() {
        refuse("is not an IPv4 or IPv6 address", r -> r.setOrigSrc("fw1"));
        refuse("no prefix length from 0 to 32", r -> r.setOrigSrc("10.0.0.0/33"));
        refuse("no prefix length from 0 to 128", r -> r.setReplyDst("fd00::/129"));
        refuse("no prefix length from 0 to 32", r -> r.setReplySrc("10.0.0.0/"));
        refuse("no prefix length from 0 to 32", r -> r.setOrigDst("10.0.0.0/-1"));
        refuse("not of the family", r -> r.setFamily(Flow.IPV6).setOrigDst("10.0.0.0/8"));
        refuse("neither AF_INET", r -> r.setFamily(3));
        refuse("protocol 256", r -> r.setProtocol(256));
        refuse("source port 65536", r -> r.setOrigSport(65_536));
        refuse("destination port 4294967295", r -> r.setOrigDport(-1));
        refuse("zone 70000", r -> r.setZone(70_000));
        refuse("\"OPEN\" is no state of TCP", r -> r.setState("OPEN"));
    }

    @Test
    void matchingAllocatesNothing() {
        FlowFilter filter = FlowFilter.of(FlowsRequest.newBuilder()
                .setFamily(Flow.IPV4)
                .setProtocol(Flow.TCP)
                .setOrigSrc("10.0.0.0/8")
                .setState("ESTABLISHED")
                .setMark(0xff)
                .setMarkMask(0xffff)
                .setAnyNat(true)
                .build());
        assertThat(Allocations.ofCalls(10_000, () -> filter.matches(flow))).isLessThan(10_000);
    }

    @Test
    void rowSaysWhatFewFlowsHave() {
        assertThat(flow.extensions.helper.set("sip")).isTrue();
        flow.extensions.master.srcLow = 0x0a010203;
        flow.extensions.master.l4Src = 5060;
        flow.extensions.masterProtocol = Flow.UDP;
        flow.extensions.seqReply.after = -2;
        flow.extensions.labelsHigh = 0x0201_0000_0000_0080L;
        flow.extensions.labelsLow = 0x0100_0000_0000_0080L;
        flow.present |= Flow.HAS_EXTENSIONS;
        FlowRow row = FlowRows.row(flow, "fw1", 42, true);
        assertThat(row.getHelper()).isEqualTo("sip");
        assertThat(row.getMaster().getSrc()).isEqualTo("10.1.2.3");
        assertThat(row.getMaster().getL4Src()).isEqualTo(5060);
        assertThat(row.getMaster().getProtocol()).isEqualTo(17);
        assertThat(row.getSeqReplyOffset()).isEqualTo(-2);
        assertThat(row.getSynproxy()).isTrue();
        assertThat(row.getLabelsList()).containsExactly(1, 8, 63, 64, 127);
    }

    @Test
    void rowSaysWhatTheFlowSays() {
        FlowRow row = FlowRows.row(flow, "fw1", 42, true);
        assertThat(row.getOrigSrc()).isEqualTo("10.1.2.3");
        assertThat(row.getOrigDst()).isEqualTo("198.51.100.7");
        assertThat(row.getReplySrc()).isEqualTo("198.51.100.7");
        assertThat(row.getReplyDst()).isEqualTo("203.0.113.1");
        assertThat(row.getOrigL4Src()).isEqualTo(40_001);
        assertThat(row.getReplyL4Dst()).isEqualTo(1_024);
        assertThat(row.getMark()).isEqualTo(0xdead_00ff);
        assertThat(row.getState()).isEqualTo(3);
        assertThat(row.getOwner()).isEqualTo("fw1");
        assertThat(row.getVersion()).isEqualTo(42);
        assertThat(row.getInKernel()).isTrue();
        flow.protocol = Flow.UDP;
        assertThat(FlowRows.row(flow, "fw1", 42, true).hasState()).isFalse();
    }

    private void expect(boolean matches, UnaryOperator<FlowsRequest.Builder> request) {
        FlowsRequest built = request.apply(FlowsRequest.newBuilder()).build();
        assertThat(FlowFilter.of(built).matches(flow)).as("%s", built).isEqualTo(matches);
    }

    private static void refuse(String reason, UnaryOperator<FlowsRequest.Builder> request) {
        FlowsRequest built = request.apply(FlowsRequest.newBuilder()).build();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FlowFilter.of(built))
                .withMessageContaining(reason);
    }
}
