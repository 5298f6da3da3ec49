package io.keepflow.node.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keepflow.protocol.Flow;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FlowTextTest {
    @Test
    void aFlowByHand() {
        FlowText.Parsed parsed = FlowText.parse(
                " tcp 10.0.0.1:1234 ->  192.0.2.1:443 assured age=10s mark=0x1 state=established nat zone=7");
        Flow flow = parsed.flow();
        assertThat(FlowText.show(flow)).isEqualTo("tcp 10.0.0.1:1234 -> 192.0.2.1:443");
        assertThat(parsed.ageSeconds()).isEqualTo(10);
        assertThat(flow.family).isEqualTo(Flow.IPV4);
        assertThat(flow.mark).isEqualTo(1);
        assertThat(flow.zone).isEqualTo(7);
        assertThat(flow.has(Flow.HAS_TCP)).isTrue();
        assertThat(flow.tcpState).isEqualTo(3);
        assertThat(flow.isNatted()).isTrue();
        assertThat(flow.status & Flow.IPS_ASSURED).isNotZero();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        udp [2001:db8::1]:53 -> [fd00::2]:5353 | udp [2001:db8::1]:53 -> [fd00::2]:5353 | false
        icmpv6 2001:db8::1 -> fd00::2 | icmpv6 2001:db8::1 -> fd00::2 | false
        17 10.0.0.1:1 -> 10.0.0.2:2 | udp 10.0.0.1:1 -> 10.0.0.2:2 | false
        2 10.0.0.1 -> 224.0.0.1 | protocol 2 10.0.0.1 -> 224.0.0.1 | false
        tcp      6 431999 ESTABLISHED src=10.0.0.1 dst=10.0.0.2 sport=5 dport=6 src=10.0.0.2 dst=10.0.0.1 sport=6 dport=5 [ASSURED] mark=0 use=1 | tcp 10.0.0.1:5 -> 10.0.0.2:6 | false
        tcp      6 431999 ESTABLISHED src=10.0.0.1 dst=10.0.0.2 sport=5 dport=6 src=10.0.0.2 dst=10.9.9.9 sport=6 dport=5 [ASSURED] mark=0 use=1 | tcp 10.0.0.1:5 -> 10.0.0.2:6 | true
        udp      17 29 src=10.0.0.1 dst=10.0.0.2 sport=5 dport=6 packets=1 bytes=60 [UNREPLIED] src=10.0.0.3 dst=10.0.0.1 sport=6 dport=5 packets=0 bytes=0 mark=0 secctx=x zone=3 use=1 | udp 10.0.0.1:5 -> 10.0.0.2:6 | true
        ipv6     10 icmpv6   58 29 src=fd00::1 dst=fd00::2 type=128 code=0 id=7 src=fd00::2 dst=fd00::1 type=129 code=0 id=7 mark=0 use=1 | icmpv6 fd00::1 -> fd00::2 | false
        ipv4     2 unknown  2 599 src=10.0.0.1 dst=10.0.0.2 src=10.0.0.2 dst=10.0.0.1 mark=0 use=1 | protocol 2 10.0.0.1 -> 10.0.0.2 | false
        """)
    void flowsOfAllKinds(String text, String shown, boolean natted) {
        Flow flow = FlowText.parse(text).flow();
        assertThat(FlowText.show(flow)).isEqualTo(shown);
        assertThat(flow.isNatted()).isEqualTo(natted);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        '' | "" is no protocol
        tpc 10.0.0.1:1 -> 10.0.0.2:2 | "tpc" is no protocol
        tcp | there are not two addresses
        tcp 10.0.0.1:1 | there are not two addresses
        tcp 10.0.0.1:1 -> 10.0.0.2:2 -> 10.0.0.3:3 | "10.0.0.3:3" is a third address
        tcp 10.0.0.1:1 -> fd00::1 | "fd00::1" is of another family than the address before it
        tcp 10.0.0.300:1 -> 10.0.0.2:2 | "10.0.0.300" is not an IPv4 or IPv6 address
        tcp 10.0.0.1:x -> 10.0.0.2:2 | "x" is no number for port
        tcp 10.0.0.1:1 -> 10.0.0.2:2 asured | "asured" is not understood
        udp 10.0.0.1:1 -> 10.0.0.2:2 ESTABLISHED | "ESTABLISHED" is not understood
        tcp 10.0.0.1:1 -> 10.0.0.2:2 colour=red | "colour=" is not understood
        tcp 10.0.0.1:1 -> 10.0.0.2:2 mark=0x1ffffffff | mark 0x1ffffffff is out of range
        """)
    void mistakesAreNamed(String text, String problem) {
        assertThatThrownBy(() -> FlowText.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(problem + "; expected a flow as \"tcp ");
    }
}
