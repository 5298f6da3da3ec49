package io.keepflow.node.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keepflow.protocol.Flow;
import io.keepflow.protocol.Tuple;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Restored NAT has to translate packets, which the kernel's OK does not prove. */
class NatTranslationTest {
    private static final int TIMEOUT_MS = 5_000;

    private Firewall firewall;

    @BeforeEach
    void open() throws Exception {
        firewall = new Firewall();
    }

    @AfterEach
    void close() throws Exception {
        firewall.close();
    }

    /** A live connection whose entry is lost and restored from what the dump said of it, with no rule to help. */
    @ParameterizedTest
    @ValueSource(strings = {Firewall.VIRTUAL_4, Firewall.VIRTUAL_6})
    void tcpGoesOnThroughARestoredEntry(String virtual) throws Exception {
        firewall.translating();
        try (ServerSocket listening = firewall.server.call(() -> new ServerSocket(8080));
                Socket client = firewall.client.call(() -> connect(virtual));
                Socket server = listening.accept()) {
            server.setSoTimeout(TIMEOUT_MS);
            exchange(client, server);

            Flow flow = onlyFlow();
            assertThat(flow.status & (Flow.IPS_SRC_NAT | Flow.IPS_DST_NAT))
                    .isEqualTo(Flow.IPS_SRC_NAT | Flow.IPS_DST_NAT);
            firewall.forgetful();
            assertThat(firewall.kernel.answer(r -> r.delete(flow, 1))).isZero();
            assertThat(firewall.kernel.answer(r -> r.create(flow, 600, 1))).isZero();

            assertThat(server.getPort()).isBetween(5000, 5999);
            exchange(client, server);
            Flow restored = onlyFlow();
            assertThat(restored.reply.sameAs(flow.reply)).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {Firewall.VIRTUAL_4, Firewall.VIRTUAL_6})
    void udpIsTranslatedByAnInjectedEntryAndOnlyByIt(String virtual) throws Exception {
        boolean v6 = virtual.contains(":");
        Flow flow = injected(v6, Flow.UDP, 4000, 9000);
        flow.reply.l4Src = 8080;
        flow.reply.l4Dst = 5555;
        try (DatagramSocket server = firewall.server.call(() -> new DatagramSocket(8080));
                DatagramSocket client = firewall.client.call(() -> new DatagramSocket(4000))) {
            DatagramPacket request = new DatagramPacket(new byte[8], 8, new InetSocketAddress(virtual, 9000));
            server.setSoTimeout(300);
            client.send(request);
            assertThatThrownBy(() -> server.receive(new DatagramPacket(new byte[8], 8)))
                    .as("without the entry")
                    .isInstanceOf(SocketTimeoutException.class);

            assertThat(firewall.kernel.answer(r -> r.create(flow, 600, 1))).isZero();
            client.send(request);
            server.setSoTimeout(TIMEOUT_MS);
            DatagramPacket arrived = new DatagramPacket(new byte[8], 8);
            server.receive(arrived);
            assertThat(arrived.getSocketAddress())
                    .isEqualTo(new InetSocketAddress(v6 ? Firewall.SOURCE_6 : Firewall.SOURCE_4, 5555));

            server.send(arrived);
            client.setSoTimeout(TIMEOUT_MS);
            DatagramPacket answer = new DatagramPacket(new byte[8], 8);
            client.receive(answer);
            assertThat(answer.getSocketAddress()).isEqualTo(new InetSocketAddress(virtual, 9000));
        }
    }

    /** The id too is translated, which the server's own rules see. */
    @ParameterizedTest
    @ValueSource(strings = {Firewall.VIRTUAL_4, Firewall.VIRTUAL_6})
    void echoRequestsAreTranslatedIncludingTheirId(String virtual) throws Exception {
        boolean v6 = virtual.contains(":");
        Flow flow = injected(v6, v6 ? Flow.ICMPV6 : Flow.ICMP, 0x1234, v6 ? 128 << 8 : 8 << 8);
        flow.reply.l4Src = 0x2345;
        flow.reply.l4Dst = v6 ? 129 << 8 : 0;
        assertThat(firewall.kernel.answer(r -> r.create(flow, 600, 1))).isZero();
        firewall.server.exec("nft", """
            add table inet t
            add chain inet t in { type filter hook input priority 0; }
            add rule inet t in ip saddr %s icmp id 0x2345 counter comment "seen"
            add rule inet t in ip6 saddr %s icmpv6 id 0x2345 counter comment "seen"
            """.formatted(Firewall.SOURCE_4, Firewall.SOURCE_6));

        firewall.client.exec("ping", "-c", "1", "-W", "5", "-e", String.valueOf(0x1234), virtual);

        assertThat(firewall.server.exec("nft", "list", "chain", "inet", "t", "in"))
                .contains("counter packets 1 ");
    }

    /** The trap, kept as a fact of this kernel: the tuple as it is shown, sent back with the same NAT, does not translate. */
    @Test
    void anEntryWithoutNatStatusDoesNotTranslate() throws Exception {
        Flow flow = injected(false, Flow.UDP, 4000, 9000);
        flow.reply.l4Src = 8080;
        flow.reply.l4Dst = 5555;
        flow.status &= ~(Flow.IPS_SRC_NAT | Flow.IPS_DST_NAT);
        assertThat(firewall.kernel.answer(r -> r.create(flow, 600, 1))).isZero();
        assertThat(onlyFlow().isNatted()).isFalse();
        try (DatagramSocket server = firewall.server.call(() -> new DatagramSocket(8080));
                DatagramSocket client = firewall.client.call(() -> new DatagramSocket(4000))) {
            client.send(new DatagramPacket(new byte[8], 8, new InetSocketAddress(Firewall.VIRTUAL_4, 9000)));
            server.setSoTimeout(300);
            assertThatThrownBy(() -> server.receive(new DatagramPacket(new byte[8], 8)))
                    .isInstanceOf(SocketTimeoutException.class);
        }
    }

    /** From the client to the virtual address, translated to the server and from the firewall's address. */
    private static Flow injected(boolean v6, int protocol, int l4Src, int l4Dst) throws IOException {
        Flow flow = new Flow();
        flow.family = v6 ? Flow.IPV6 : Flow.IPV4;
        flow.protocol = protocol;
        flow.present = Flow.HAS_REPLY | Flow.HAS_STATUS;
        flow.status = Flows.STREAM | Flow.IPS_SRC_NAT | Flow.IPS_DST_NAT;
        addresses(flow.original, v6 ? "fd50:1::2" : "10.50.1.2", v6 ? Firewall.VIRTUAL_6 : Firewall.VIRTUAL_4);
        addresses(flow.reply, v6 ? "fd50:2::2" : "10.50.2.2", v6 ? Firewall.SOURCE_6 : Firewall.SOURCE_4);
        flow.original.l4Src = l4Src;
        flow.original.l4Dst = l4Dst;
        return flow;
    }

    private static void addresses(Tuple tuple, String source, String destination) throws IOException {
        byte[] src = InetAddress.getByName(source).getAddress();
        byte[] dst = InetAddress.getByName(destination).getAddress();
        boolean v6 = src.length == 16;
        tuple.srcHigh = v6 ? ByteBuffer.wrap(src).getLong() : 0;
        tuple.srcLow = low(src);
        tuple.dstHigh = v6 ? ByteBuffer.wrap(dst).getLong() : 0;
        tuple.dstLow = low(dst);
    }

    private static long low(byte[] address) {
        ByteBuffer bytes = ByteBuffer.wrap(address);
        return address.length == 16 ? bytes.getLong(8) : Integer.toUnsignedLong(bytes.getInt());
    }

    private Flow onlyFlow() throws Exception {
        assertThat(firewall.kernel.table().stream().filter(f -> !Flows.isIcmp(f)))
                .hasSize(1);
        return firewall.kernel.table().stream()
                .filter(f -> !Flows.isIcmp(f))
                .findFirst()
                .orElseThrow();
    }

    private static Socket connect(String virtual) throws IOException {
        Socket socket = new Socket();
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(TIMEOUT_MS);
        socket.connect(new InetSocketAddress(virtual, 80), TIMEOUT_MS);
        return socket;
    }

    /** More than a window's worth both ways, so that window scales matter. */
    private static void exchange(Socket one, Socket other) throws IOException {
        byte[] block = new byte[256 * 1024];
        for (Socket[] way : new Socket[][] {{one, other}, {other, one}}) {
            Thread sending = Thread.ofPlatform().start(() -> {
                try {
                    way[0].getOutputStream().write(block);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            assertThat(way[1].getInputStream().readNBytes(block.length)).hasSize(block.length);
            try {
                sending.join();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }
}
