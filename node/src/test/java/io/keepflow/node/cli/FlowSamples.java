package io.keepflow.node.cli;

import io.keepflow.protocol.Flow;
import io.keepflow.protocol.v1.FlowMaster;
import io.keepflow.protocol.v1.FlowRow;
import java.util.List;

/** Flows of every kind. */
final class FlowSamples {
    private FlowSamples() {}

    static FlowRow snat() {
        return FlowRow.newBuilder()
                .setFamily(Flow.IPV4)
                .setProtocol(Flow.TCP)
                .setOrigSrc("10.1.2.3")
                .setOrigDst("198.51.100.7")
                .setOrigL4Src(40_001)
                .setOrigL4Dst(443)
                .setReplySrc("198.51.100.7")
                .setReplyDst("203.0.113.1")
                .setReplyL4Src(443)
                .setReplyL4Dst(1_024)
                .setStatus(Flow.IPS_CONFIRMED | Flow.IPS_ASSURED | Flow.IPS_SEEN_REPLY | Flow.IPS_SRC_NAT)
                .setTimeout(431_999)
                .setState(3)
                .setOwner("fw1")
                .setVersion(7)
                .setInKernel(true)
                .build();
    }

    static FlowRow dnat() {
        return snat().toBuilder()
                .setProtocol(Flow.UDP)
                .clearState()
                .setOrigDst("203.0.113.1")
                .setOrigL4Dst(53)
                .setReplySrc("10.2.0.8")
                .setReplyL4Src(5_353)
                .setReplyDst("10.1.2.3")
                .setReplyL4Dst(40_001)
                .setStatus(Flow.IPS_CONFIRMED | Flow.IPS_DST_NAT)
                .setTimeout(29)
                .setMark(77)
                .setZone(5)
                .build();
    }

    static FlowRow ipv6() {
        return FlowRow.newBuilder()
                .setFamily(Flow.IPV6)
                .setProtocol(Flow.TCP)
                .setOrigSrc("2001:db8:1111:2222:3333:4444:5555:6666")
                .setOrigDst("2001:db8:1111:2222:3333:4444:5555:7777")
                .setOrigL4Src(40_001)
                .setOrigL4Dst(443)
                .setReplySrc("2001:db8:1111:2222:3333:4444:5555:7777")
                .setReplyDst("2001:db8:1111:2222:3333:4444:5555:6666")
                .setReplyL4Src(443)
                .setReplyL4Dst(40_001)
                .setStatus(Flow.IPS_CONFIRMED | Flow.IPS_SEEN_REPLY)
                .setTimeout(60)
                .setState(7)
                .setOwner("a-firewall-with-a-long-name")
                .setInKernel(false)
                .build();
    }

    static FlowRow icmp() {
        return FlowRow.newBuilder()
                .setFamily(Flow.IPV4)
                .setProtocol(Flow.ICMP)
                .setOrigSrc("10.1.2.3")
                .setOrigDst("198.51.100.7")
                .setOrigL4Src(99)
                .setOrigL4Dst(8 << 8)
                .setReplySrc("198.51.100.7")
                .setReplyDst("203.0.113.1")
                .setReplyL4Src(4_711)
                .setReplyL4Dst(0)
                .setStatus(Flow.IPS_CONFIRMED | Flow.IPS_SEEN_REPLY | Flow.IPS_SRC_NAT)
                .setTimeout(30)
                .setOwner("fw1")
                .setInKernel(true)
                .build();
    }

    static FlowRow gre() {
        return icmp().toBuilder()
                .setProtocol(Flow.GRE)
                .setOrigL4Src(1)
                .setOrigL4Dst(18)
                .setReplyL4Src(18)
                .setReplyL4Dst(1)
                .setReplyDst("10.1.2.3")
                .build();
    }

    static FlowRow unknownProtocol() {
        return gre().toBuilder()
                .setProtocol(99)
                .clearOrigL4Src()
                .clearOrigL4Dst()
                .clearReplyL4Src()
                .clearReplyL4Dst()
                .setOwner("")
                .build();
    }

    /** What an FTP client's PORT command opened, with everything that only few flows have. */
    static FlowRow related() {
        return snat().toBuilder()
                .setHelper("ftp")
                .setMaster(FlowMaster.newBuilder()
                        .setProtocol(Flow.TCP)
                        .setSrc("10.1.2.3")
                        .setDst("198.51.100.7")
                        .setL4Src(39_000)
                        .setL4Dst(21))
                .setSeqOrigOffset(3)
                .setSeqReplyOffset(-4)
                .setSynproxy(true)
                .addLabels(3)
                .addLabels(127)
                .build();
    }

    static List<FlowRow> all() {
        return List.of(snat(), dnat(), ipv6(), icmp(), gre(), unknownProtocol());
    }
}
