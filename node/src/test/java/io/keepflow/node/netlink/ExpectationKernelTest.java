package io.keepflow.node.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.protocol.Expectation;
import io.keepflow.protocol.Flow;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Expectations that the kernel's FTP helper made, taken out and put back: the data connection must come through, translated. */
class ExpectationKernelTest {
    private static final int TIMEOUT_MS = 5_000;

    private Firewall firewall;
    private ExpectationRequests requests;
    private final RecordingListener events = new RecordingListener();

    @BeforeEach
    void open() throws Exception {
        firewall = new Firewall();
        firewall.translating();
        firewall.kernel.namespace.exec("nft", """
            add table inet h
            add ct helper inet h ftp { type "ftp" protocol tcp; }
            add chain inet h pre { type filter hook prerouting priority -150; }
            add rule inet h pre tcp dport 21 ct helper set "ftp"
            add chain inet h nat { type nat hook prerouting priority -110; }
            add rule inet h nat tcp dport 21 ip daddr %s dnat ip to 10.50.2.2:21
            add rule inet h nat tcp dport 21 ip6 daddr %s dnat ip6 to [fd50:2::2]:21
            """.formatted(Firewall.VIRTUAL_4, Firewall.VIRTUAL_6));
        requests = firewall.kernel.namespace.call(ExpectationRequests::open);
    }

    @AfterEach
    void close() throws Exception {
        requests.close();
        firewall.close();
    }

    /** The control connection of a client and a server that say what the test wants. */
    private final class Control implements AutoCloseable {
        final ServerSocket listening = firewall.server.call(() -> new ServerSocket(21));
        final Socket client;
        final Socket server;

        Control(String virtual) throws Exception {
            client = firewall.client.call(() -> new Socket(virtual, 21));
            server = listening.accept();
            client.setSoTimeout(TIMEOUT_MS);
            server.setSoTimeout(TIMEOUT_MS);
            say(server, "220 ready", client);
            say(client, "USER x", server);
            say(server, "230 in", client);
        }

        /** What the other end hears. */
        String say(Socket from, String line, Socket to) throws IOException {
            from.getOutputStream().write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
            byte[] heard = new byte[200];
            int length = to.getInputStream().read(heard);
            return new String(heard, 0, length, StandardCharsets.US_ASCII).strip();
        }

        @Override
        public void close() throws IOException {
            client.close();
            server.close();
            listening.close();
        }
    }

    private List<Expectation> dumped() throws Exception {
        RecordingListener listener = new RecordingListener();
        try (ExpectationDump dump = firewall.kernel.namespace.call(ExpectationDump::open)) {
            listener.read(dump);
        }
        listener.assertNothingMalformed();
        return listener.expectations();
    }

    @ParameterizedTest
    @ValueSource(strings = {Firewall.VIRTUAL_4, Firewall.VIRTUAL_6})
    void aPassiveDataConnectionComesThroughARestoredExpectation(String virtual) throws Exception {
        boolean v6 = virtual.contains(":");
        try (ConntrackEvents subscription = subscribe();
                Control control = new Control(virtual);
                ServerSocket data = firewall.server.call(() -> new ServerSocket(51_201))) {
            control.say(control.client, v6 ? "EPSV" : "PASV", control.server);
            String told = control.say(
                    control.server,
                    v6
                            ? "229 Entering Extended Passive Mode (|||51201|)"
                            : "227 Entering Passive Mode (10,50,2,2,200,1).",
                    control.client);
            assertThat(told).contains(v6 ? "|||51201|" : "10,50,9,9,200,1");

            Expectation expected = restored(subscription);
            assertThat(expected.identity().tuple().l4Dst()).isEqualTo(51_201);
            assertThat(expected.identity().protocol()).isEqualTo(Flow.TCP);
            assertThat(expected.master().original().l4Src()).isEqualTo(control.client.getLocalPort());

            try (Socket client = firewall.client.call(() -> new Socket(virtual, 51_201));
                    Socket server = data.accept()) {
                client.setSoTimeout(TIMEOUT_MS);
                assertThat(server.getInetAddress())
                        .isEqualTo(InetAddress.getByName(v6 ? Firewall.SOURCE_6 : Firewall.SOURCE_4));
                server.getOutputStream().write(42);
                assertThat(client.getInputStream().read()).isEqualTo(42);
            }
            assertThat(dumped()).as("it was used").isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {Firewall.VIRTUAL_4, Firewall.VIRTUAL_6})
    void anActiveDataConnectionComesThroughARestoredExpectation(String virtual) throws Exception {
        boolean v6 = virtual.contains(":");
        try (ConntrackEvents subscription = subscribe();
                Control control = new Control(virtual);
                ServerSocket data = firewall.client.call(() -> new ServerSocket(51_457))) {
            String told = control.say(
                    control.client, v6 ? "EPRT |2|fd50:1::2|51457|" : "PORT 10,50,1,2,201,1", control.server);
            String source = v6 ? Firewall.SOURCE_6 : Firewall.SOURCE_4;
            assertThat(told).contains(v6 ? "|51457|" : "10,50,2,77,201,1").doesNotContain("50:1::2", "10,50,1,2");

            restored(subscription);

            try (Socket server = firewall.server.call(() -> new Socket(source, 51_457));
                    Socket client = data.accept()) {
                client.setSoTimeout(TIMEOUT_MS);
                assertThat(client.getInetAddress()).isEqualTo(InetAddress.getByName(virtual));
                server.getOutputStream().write(42);
                assertThat(client.getInputStream().read()).isEqualTo(42);
            }
        }
    }

    private ConntrackEvents subscribe() throws Exception {
        return firewall.kernel.namespace.call(() -> ConntrackEvents.openExpectations(
                firewall.kernel.loop(), 1 << 20, new int[] {requests.portId()}, events));
    }

    /** The expectation that was heard of, taken out of the kernel and put back, and that is as before. */
    private Expectation restored(ConntrackEvents subscription) throws Exception {
        assertThat(subscription.portId()).isNotZero();
        Expectation heard = events.awaitExpectation(EventType.NEW);
        List<Expectation> before = dumped();
        assertThat(before).hasSize(1);
        assertThat(before.getFirst().sameButTimeout(heard)).isTrue();
        assertThat(heard.helper()).isEqualTo("ftp");
        assertThat(heard.function()).isEqualTo("nat-follow-master");
        assertThat(heard.translation()).isNotNull();

        assertThat(requests.create(heard)).isEqualTo(Errno.EEXIST);
        assertThat(requests.delete(heard)).isZero();
        assertThat(requests.delete(heard)).isEqualTo(Errno.ENOENT);
        assertThat(requests.arm(heard, 100)).isEqualTo(Errno.ENOENT);
        assertThat(dumped()).isEmpty();
        assertThat(requests.create(heard)).isZero();
        assertThat(requests.arm(heard, 100)).isZero();
        List<Expectation> after = dumped();
        assertThat(after).hasSize(1);
        assertThat(after.getFirst().sameButTimeout(heard)).as("%s", after).isTrue();
        assertThat(after.getFirst().timeoutSeconds()).isBetween(97, 100);
        assertThat(events.expectations()).as("own requests are no events").hasSize(1);
        return heard;
    }
}
