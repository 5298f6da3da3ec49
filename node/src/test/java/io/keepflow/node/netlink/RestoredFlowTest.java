package io.keepflow.node.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.node.testkit.NetworkNamespace;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.Tuples;
import io.keepflow.protocol.testkit.FlowSamples;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Packets through entries that were lost and restored from what the kernel had shown of them. */
class RestoredFlowTest {
    private static final String CLIENT = "10.50.1.2";
    private static final String SERVER = "10.50.2.2";

    private Firewall firewall;

    @BeforeEach
    void open() throws Exception {
        firewall = new Firewall();
        // Hand-made packets have no checksums.
        firewall.kernel.namespace.exec("sysctl", "-qw", "net.netfilter.nf_conntrack_checksum=0");
    }

    @AfterEach
    void close() throws Exception {
        firewall.close();
    }

    /** The helper made the client's PORT command longer; from then on both sides count differently. */
    @ParameterizedTest(name = "with the adjustment: {0}")
    @ValueSource(booleans = {true, false})
    void aConnectionThatAHelperRewroteGoesOnOnlyWithItsAdjustment(boolean restored) throws Exception {
        firewall.rules("""
            add ct helper inet t ftp { type "ftp" protocol tcp; }
            add chain inet t helpers { type filter hook prerouting priority 0; }
            add rule inet t helpers tcp dport 21 ct helper set "ftp"
            add rule inet t post tcp dport 21 snat ip to %s
            add rule inet t through ct state new accept
            """.formatted(Firewall.SOURCE_4));
        try (Talk talk = new Talk()) {
            assertThat(talk.toServer("USER anonymous\r\n")).isEqualTo("USER anonymous\r\n");
            assertThat(talk.toClient("331 password\r\n")).isEqualTo("331 password\r\n");
            assertThat(talk.toServer("PORT 10,50,1,2,100,10\r\n")).isEqualTo("PORT 10,50,2,77,100,10\r\n");
            assertThat(talk.toClient("200 ok\r\n")).isEqualTo("200 ok\r\n");

            Flow flow = tcpFlow();
            assertThat(flow.has(Flow.HAS_HELPER | Flow.HAS_SEQ_ADJUST)).isTrue();
            assertThat(flow.extensions.seqOriginal.after).isEqualTo(1);
            Flow given = FlowSamples.copy(flow);
            given.present &= restored ? -1 : ~Flow.HAS_SEQ_ADJUST;
            firewall.forgetful();
            replace(flow, given);
            if (restored) {
                assertThat(tcpFlow().status & Flow.IPS_SEQ_ADJUST).isEqualTo(Flow.IPS_SEQ_ADJUST);
                assertThat(extensions(tcpFlow())).isEqualTo(extensions(flow));
                assertThat(talk.toServer("NOOP\r\n")).isEqualTo("NOOP\r\n");
                assertThat(talk.toClient("200 still here\r\n")).isEqualTo("200 still here\r\n");
            } else {
                assertThat(talk.toServer("NOOP\r\n")).isNotEqualTo("NOOP\r\n");
            }
        }
    }

    /** The adjustment comes with no event: whoever does not ask never learns of it. */
    @Test
    void anAdjustmentIsNoEventButAnAnswer() throws Exception {
        firewall.rules("""
            add ct helper inet t ftp { type "ftp" protocol tcp; }
            add chain inet t helpers { type filter hook prerouting priority 0; }
            add rule inet t helpers tcp dport 21 ct helper set "ftp"
            add rule inet t post tcp dport 21 snat ip to %s
            add rule inet t through ct state new accept
            """.formatted(Firewall.SOURCE_4));
        RecordingListener heard = new RecordingListener();
        List<Flow> answered = new ArrayList<>();
        List<Integer> refused = new ArrayList<>();
        try (ConntrackEvents events = firewall.kernel.events(heard, 1 << 20);
                ConntrackLookup lookup = firewall.kernel.namespace.call(() -> ConntrackLookup.open(LabelMask.NONE));
                Talk talk = new Talk()) {
            talk.toServer("USER anonymous\r\n");
            talk.toServer("PORT 10,50,1,2,100,10\r\n");
            Flow flow = tcpFlow();
            Flow missing = FlowSamples.copy(flow);
            missing.original.l4Src ^= 1;
            assertThat(lookup.add(flow, 1)).isTrue();
            assertThat(lookup.add(missing, 2)).isTrue();
            lookup.flush((cookie, errno, entry) -> {
                if (errno == 0) {
                    answered.add(FlowSamples.copy(entry));
                } else {
                    refused.add(errno);
                }
            });
            assertThat(refused).containsExactly(Errno.ENOENT);
            assertThat(answered).singleElement().satisfies(f -> {
                assertThat(f.has(Flow.HAS_SEQ_ADJUST)).isTrue();
                assertThat(extensions(f)).isEqualTo(extensions(flow));
            });
            // A change of the mark is an event, and comes after all that the helper has caused.
            flow.mark = 77;
            assertThat(firewall.kernel.answer(r -> r.update(flow, 600, false, 1)))
                    .isZero();
            heard.awaitHeard(h -> h.flow().mark == 77);
            assertThat(heard.heard().stream().filter(h -> h.portId() == 0))
                    .isNotEmpty()
                    .noneMatch(h -> h.flow().has(Flow.HAS_SEQ_ADJUST));
        }
    }

    @ParameterizedTest(name = "with the options: {0}")
    @ValueSource(booleans = {true, false})
    void aConnectionThatWasProxiedAtItsBeginningGoesOn(boolean restored) throws Exception {
        firewall.rules("""
            add chain inet t raw { type filter hook prerouting priority raw; }
            add rule inet t raw iifname "in" tcp dport 21 tcp flags syn notrack
            add rule inet t through tcp dport 21 ct state invalid,untracked synproxy mss 1460 wscale 7 timestamp sack-perm
            """);
        try (Talk talk = new Talk()) {
            assertThat(talk.toServer("hello\n")).isEqualTo("hello\n");
            assertThat(talk.toClient("welcome\n")).isEqualTo("welcome\n");
            Flow flow = tcpFlow();
            assertThat(flow.has(Flow.HAS_SYNPROXY | Flow.HAS_SEQ_ADJUST)).isTrue();
            Flow given = FlowSamples.copy(flow);
            given.present &= restored ? -1 : ~(Flow.HAS_SYNPROXY | Flow.HAS_SEQ_ADJUST);
            // The rule stays: the kernel shifts timestamps only where one is loaded.
            replace(flow, given);
            if (restored) {
                assertThat(extensions(tcpFlow())).isEqualTo(extensions(flow));
                assertThat(talk.toServer("go on\n")).isEqualTo("go on\n");
                assertThat(talk.toClient("I do\n")).isEqualTo("I do\n");
            } else {
                assertThat(talk.toServer("go on\n")).isNotEqualTo("go on\n");
            }
        }
    }

    /** Two packets each way: the first finds the entry, and must not end it. */
    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "GRE, 47, 0, 0, 0000080000000000",
        "UDP-Lite, 136, 4096, 8192, 1000200000080001",
        "SCTP, 132, 4096, 8192, 100020000a0b0c0d00000000030000100000000100010000000000000000",
        "OSPF, 89, 0, 0, 0102030405060708"
    })
    void rarerProtocolsPassThroughARestoredEntry(String name, int protocol, int src, int dst, String packet)
            throws Exception {
        Flow flow = Flows.plain(Flow.IPV4, protocol, 1);
        flow.original.srcLow = 0x0a320102;
        flow.original.dstLow = 0x0a320202;
        flow.original.l4Src = src;
        flow.original.l4Dst = dst;
        flow.sctpVtagOriginal = flow.sctpVtagReply = 0x0a0b0c0d;
        Tuples.invert(protocol, flow.original, flow.reply);
        count(protocol);
        send(protocol, packet, CLIENT, SERVER);
        assertThat(counted()).as("without the entry").isZero();

        assertThat(firewall.kernel.answer(r -> r.create(flow, 600, 1))).isZero();
        String back = dst == 0 ? packet : packet.substring(4, 8) + packet.substring(0, 4) + packet.substring(8);
        for (int i = 1; i <= 2; i++) {
            send(protocol, packet, CLIENT, SERVER);
            send(protocol, back, SERVER, CLIENT);
            int expected = 2 * i;
            Awaitility.await()
                    .atMost(Duration.ofSeconds(5))
                    .untilAsserted(() -> assertThat(counted()).isEqualTo(expected));
        }
        if (protocol == Flow.SCTP) {
            send(protocol, packet.replace("0a0b0c0d", "0a0b0c0e"), CLIENT, SERVER);
            assertThat(counted()).as("a wrong verification tag").isEqualTo(4);
        }
        assertThat(firewall.kernel.table().stream().filter(f -> f.protocol == protocol))
                .singleElement()
                .satisfies(f -> assertThat(f.timeout).isGreaterThan(20));
    }

    private void count(int protocol) throws IOException {
        for (NetworkNamespace end : new NetworkNamespace[] {firewall.client, firewall.server}) {
            end.exec("nft", """
                add table inet t
                add chain inet t in { type filter hook prerouting priority -300; }
                add rule inet t in meta l4proto %d counter comment "seen"
                """.formatted(protocol));
        }
    }

    private int counted() throws IOException {
        int sum = 0;
        for (NetworkNamespace end : new NetworkNamespace[] {firewall.client, firewall.server}) {
            String rule = end.exec("nft", "list", "chain", "inet", "t", "in");
            sum += Integer.parseInt(rule.replaceAll("(?s).*counter packets (\\d+) .*", "$1"));
        }
        return sum;
    }

    private void send(int protocol, String packet, String from, String to) throws IOException {
        (from.equals(CLIENT) ? firewall.client : firewall.server)
                .exec("python3", "-c", """
                import socket
                socket.socket(socket.AF_INET, socket.SOCK_RAW, %d).sendto(bytes.fromhex('%s'), ('%s', 0))
                """.formatted(protocol, packet, to));
    }

    /** The entry goes, and comes back as {@code given}. */
    private void replace(Flow flow, Flow given) throws Exception {
        assertThat(firewall.kernel.answer(r -> r.delete(flow, 1))).isZero();
        String answer = Errno.name(firewall.kernel.answer(r -> r.create(given, 600, 1)));
        assertThat(answer).isEqualTo("OK");
    }

    private Flow tcpFlow() throws Exception {
        return firewall.kernel.table().stream()
                .filter(flow -> flow.protocol == Flow.TCP)
                .findFirst()
                .orElseThrow();
    }

    private static String extensions(Flow flow) {
        String text = FlowSamples.text(flow);
        return text.substring(text.indexOf(" vtags "), text.indexOf(" has "));
    }

    /** A connection from the client to port 21 of the server. */
    private final class Talk implements AutoCloseable {
        private final ServerSocket listening = firewall.server.call(() -> new ServerSocket(21));
        private final Socket client = firewall.client.call(Talk::connect);
        private final Socket server = listening.accept();

        Talk() throws Exception {
            server.setTcpNoDelay(true);
            server.setSoTimeout(3_000);
            client.setSoTimeout(3_000);
        }

        private static Socket connect() throws IOException {
            Socket socket = new Socket();
            socket.setTcpNoDelay(true);
            socket.connect(new InetSocketAddress(SERVER, 21), 5_000);
            return socket;
        }

        /** What arrives of it, at most a line. */
        String toServer(String line) throws IOException {
            return say(client, server, line);
        }

        String toClient(String line) throws IOException {
            return say(server, client, line);
        }

        private static String say(Socket from, Socket to, String line) throws IOException {
            from.getOutputStream().write(line.getBytes(StandardCharsets.US_ASCII));
            StringBuilder arrived = new StringBuilder();
            try {
                for (int next = to.getInputStream().read();
                        next >= 0;
                        next = to.getInputStream().read()) {
                    arrived.append((char) next);
                    if (next == '\n') {
                        break;
                    }
                }
            } catch (SocketTimeoutException e) {
                arrived.append(" and no more");
            }
            return arrived.toString();
        }

        @Override
        public void close() throws IOException {
            client.close();
            server.close();
            listening.close();
        }
    }
}
