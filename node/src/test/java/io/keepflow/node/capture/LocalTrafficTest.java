package io.keepflow.node.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.node.testkit.NetworkNamespace;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.Tuple;
import io.keepflow.protocol.Tuples;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A firewall with 192.0.2.1 and 2001:db8::1 outside, and 10.1.0.1 and fd00::1 inside. */
class LocalTrafficTest {
    private final LocalTraffic local = new LocalTraffic();

    @BeforeEach
    void addresses() {
        local.here(Stream.of("192.0.2.1", "10.1.0.1", "127.0.0.1", "2001:db8::1", "fd00::1", "::1")
                .map(LocalTrafficTest::address));
    }

    /** Reply columns are empty where nothing is translated. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(textBlock = """
            forwarded                          , 10.1.0.2     , 198.51.100.7   ,              ,              , false
            forwarded IPv6                     , fd00::2      , 2001:db8::7    ,              ,              , false
            forwarded SNATed to the VIP       , 10.1.0.2     , 198.51.100.7   , 198.51.100.7 , 192.0.2.1    , false
            forwarded IPv6 SNATed to the VIP  , fd00::2      , 2001:db8::7    , 2001:db8::7  , 2001:db8::1  , false
            to the VIP DNATed to a server     , 198.51.100.7 , 192.0.2.1      , 10.1.0.9     , 198.51.100.7 , false
            to the VIP IPv6 DNATed            , 2001:db8::7  , 2001:db8::1    , fd00::9      , 2001:db8::7  , false
            hairpin: DNATed and SNATed         , 10.1.0.2     , 192.0.2.1      , 10.1.0.9     , 10.1.0.1     , false
            begins here                        , 192.0.2.1    , 198.51.100.7   ,              ,              , true
            begins here IPv6                   , 2001:db8::1  , 2001:db8::7    ,              ,              , true
            ends here                          , 198.51.100.7 , 192.0.2.1      ,              ,              , true
            ends here IPv6                     , 2001:db8::7  , fd00::1        ,              ,              , true
            DNATed to another address of ours  , 198.51.100.7 , 192.0.2.1      , 10.1.0.1     , 198.51.100.7 , true
            loopback                           , 127.0.0.1    , 127.0.0.1      ,              ,              , true
            any loopback address               , 127.9.9.9    , 127.8.8.8      ,              ,              , true
            loopback IPv6                      , ::1          , ::1            ,              ,              , true
            multicast                          , 10.1.0.2     , 224.0.0.18     ,              ,              , true
            last multicast                     , 10.1.0.2     , 239.255.255.255,              ,              , true
            beyond multicast                   , 10.1.0.2     , 240.0.0.1      ,              ,              , false
            multicast IPv6                     , fd00::2      , ff02::12       ,              ,              , true
            broadcast                          , 0.0.0.0      , 255.255.255.255,              ,              , true
            not quite one of ours              , 10.1.0.2     , 192.0.2.2      ,              ,              , false
            low half of ours in another network, fd00::2      , 2001:db9::1    ,              ,              , false
            """)
    void tellsOwnTrafficFromForwarded(
            String what,
            String source,
            String destination,
            String replySource,
            String replyDestination,
            boolean isLocal) {
        Flow flow = flow(source, destination);
        if (replySource != null) {
            flow.reply.set(tuple(replySource, replyDestination));
        }
        assertThat(local.isLocal(flow)).as(what).isEqualTo(isLocal);
    }

    @Test
    void withoutAReplyAFlowToThisNodeEndsHere() {
        Flow flow = flow("198.51.100.7", "192.0.2.1");
        flow.present = 0;
        flow.reply.clear();
        assertThat(local.isLocal(flow)).isTrue();
    }

    @Test
    void anAddressThatWasGivenUpIsNotHereAnyMore() {
        local.here(Stream.of(address("10.1.0.1")));
        assertThat(local.isLocal(flow("198.51.100.7", "192.0.2.1"))).isFalse();
        assertThat(local.isLocal(flow("10.1.0.1", "192.0.2.1"))).isTrue();
    }

    @Test
    void readsTheAddressesOfTheMachine() throws Exception {
        try (NetworkNamespace namespace = NetworkNamespace.create("kflt")) {
            namespace.exec("ip", "link", "add", "lan", "type", "veth", "peer", "name", "switch");
            namespace.exec("ip", "link", "set", "lan", "up");
            namespace.exec("ip", "address", "add", "203.0.113.5/25", "broadcast", "+", "dev", "lan");
            namespace.exec("ip", "address", "add", "203.0.113.200/32", "dev", "lo");
            namespace.call(() -> {
                local.refresh();
                return null;
            });
        }
        assertThat(local.isLocal(flow("203.0.113.5", "198.51.100.7"))).isTrue();
        assertThat(local.isLocal(flow("203.0.113.200", "198.51.100.7"))).isTrue();
        assertThat(local.isLocal(flow("203.0.113.9", "203.0.113.127")))
                .as("broadcast on the LAN")
                .isTrue();
        assertThat(local.isLocal(flow("203.0.113.9", "203.0.113.255"))).isFalse();
        assertThat(local.isLocal(flow("198.51.100.7", "192.0.2.1"))).isFalse();
    }

    private static Flow flow(String source, String destination) {
        Flow flow = new Flow();
        flow.family = source.contains(":") ? Flow.IPV6 : Flow.IPV4;
        flow.protocol = Flow.UDP;
        flow.original.set(tuple(source, destination));
        Tuples.invert(flow.protocol, flow.original, flow.reply);
        flow.present = Flow.HAS_REPLY;
        return flow;
    }

    private static Tuple tuple(String source, String destination) {
        Tuple tuple = new Tuple();
        ByteBuffer from = halves(source);
        tuple.srcHigh = from.getLong();
        tuple.srcLow = from.getLong();
        ByteBuffer to = halves(destination);
        tuple.dstHigh = to.getLong();
        tuple.dstLow = to.getLong();
        return tuple;
    }

    private static ByteBuffer halves(String address) {
        byte[] bytes = address(address).getAddress();
        return ByteBuffer.allocate(16).put(16 - bytes.length, bytes);
    }

    private static InetAddress address(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
