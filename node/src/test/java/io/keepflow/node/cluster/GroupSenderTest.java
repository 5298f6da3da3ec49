package io.keepflow.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.MulticastSocket;
import java.net.NetworkInterface;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Between two hosts on a bridge. */
final class GroupSenderTest {
    private static final int PATIENCE_MS = 10_000;
    private static final int MAX_BYTES = 1500;
    private static final int UNICASTS = 50;
    private static final int BUFFER_BYTES = 1 << 16;

    private final MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private JGroupsLinkNet net;
    private JGroupsLinkNet.Host here;
    private JGroupsLinkNet.Host there;
    private InetSocketAddress source;

    /** Bound where the sender is. */
    private DatagramSocket other;

    private GroupSender sender;
    private MulticastSocket receiver;
    private MulticastSocket ownReceiver;

    @BeforeEach
    void open() throws Exception {
        net = new JGroupsLinkNet();
        here = net.host();
        there = net.host();
        here.namespace.exec("nft", "add table inet hops");
        here.namespace.exec("nft", "add chain inet hops c { type filter hook output priority 0 ; }");
        String group = " udp dport " + JGroupsLinkNet.GROUP_PORT;
        here.namespace.exec("nft", "add rule inet hops c ip daddr 224.0.0.0/4" + group + " ip ttl != 1 drop");
        here.namespace.exec("nft", "add rule inet hops c ip6 daddr ff00::/8" + group + " ip6 hoplimit != 1 drop");
    }

    @AfterEach
    void close() throws Exception {
        sender.close();
        other.close();
        receiver.close();
        ownReceiver.close();
        net.close();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
    }

    private void open(InetAddress address, InetSocketAddress group) throws Exception {
        source = new InetSocketAddress(address, JGroupsLinkNet.PORT);
        here.namespace.call(() -> {
            other = new DatagramSocket(null);
            other.setReuseAddress(true);
            other.bind(source);
            NetworkInterface outgoing = NetworkInterface.getByName("eth0");
            ownReceiver = receiver(group);
            sender = GroupSender.open(loops.next(), group, source, outgoing, BUFFER_BYTES, MAX_BYTES);
            return null;
        });
        receiver = there.namespace.call(() -> receiver(group));
    }

    private static MulticastSocket receiver(InetSocketAddress group) throws IOException {
        MulticastSocket socket = new MulticastSocket(JGroupsLinkNet.GROUP_PORT);
        socket.joinGroup(group, NetworkInterface.getByName("eth0"));
        return socket;
    }

    private static DatagramPacket next(DatagramSocket socket) throws IOException {
        socket.setSoTimeout(PATIENCE_MS);
        DatagramPacket packet = new DatagramPacket(new byte[MAX_BYTES], MAX_BYTES);
        socket.receive(packet);
        return packet;
    }

    private static String text(DatagramPacket packet) {
        return new String(packet.getData(), 0, packet.getLength(), StandardCharsets.US_ASCII);
    }

    private void send(String text) throws IOException {
        byte[] bytes = (text + " and no more").getBytes(StandardCharsets.US_ASCII);
        sender.send(bytes, text.length());
    }

    @Test
    void theGroupHearsItFromTheAddressThatIsShared() throws Exception {
        open(here.ipv4, JGroupsLinkNet.GROUP_IPV4);
        send("first");
        send("2");
        DatagramPacket first = next(receiver);
        assertThat(text(first)).isEqualTo("first");
        assertThat(first.getSocketAddress()).isEqualTo(source);
        assertThat(text(next(receiver))).isEqualTo("2");
    }

    @Test
    void theSameInIpv6() throws Exception {
        open(here.ipv6, JGroupsLinkNet.GROUP_IPV6);
        send("six");
        DatagramPacket packet = next(receiver);
        assertThat(text(packet)).isEqualTo("six");
        assertThat(packet.getAddress().getAddress()).isEqualTo(here.ipv6.getAddress());
        assertThat(packet.getPort()).isEqualTo(source.getPort());
    }

    /** What came back would be there before the next datagram of another host. */
    @Test
    void itsOwnHostDoesNot() throws Exception {
        open(here.ipv4, JGroupsLinkNet.GROUP_IPV4);
        send("own");
        assertThat(text(next(receiver))).isEqualTo("own");
        there.send(List.of("theirs".getBytes(StandardCharsets.US_ASCII)), JGroupsLinkNet.GROUP_IPV4.getAddress());
        assertThat(text(next(ownReceiver))).isEqualTo("theirs");
    }

    @Test
    void whatIsForTheOtherSocketGoesThere() throws Exception {
        open(here.ipv4, JGroupsLinkNet.GROUP_IPV4);
        for (int i = 0; i < UNICASTS; i++) {
            there.send(List.of(("for you " + i).getBytes(StandardCharsets.US_ASCII)), here.ipv4);
        }
        for (int i = 0; i < UNICASTS; i++) {
            assertThat(text(next(other))).isEqualTo("for you " + i);
        }
    }

    @Test
    void whatIsClosedSendsNothing() throws Exception {
        open(here.ipv4, JGroupsLinkNet.GROUP_IPV4);
        sender.close();
        assertThatThrownBy(() -> send("late")).isInstanceOf(IOException.class).hasMessageContaining("closed");
    }

    @Test
    void withoutARouteItSaysSo() throws Exception {
        open(here.ipv4, JGroupsLinkNet.GROUP_IPV4);
        here.namespace.exec("ip", "link", "set", "eth0", "down");
        assertThatThrownBy(() -> send("nowhere")).isInstanceOf(IOException.class);
        here.namespace.exec("ip", "link", "set", "eth0", "up");
        send("again");
        assertThat(text(next(receiver))).isEqualTo("again");
    }

    /** The queue of the interface keeps what it is given, and that counts for the socket. */
    @Test
    void withoutRoomInTheBufferItSaysSo() throws Exception {
        open(here.ipv4, JGroupsLinkNet.GROUP_IPV4);
        here.namespace.exec(
                "tc", "qdisc", "add", "dev", "eth0", "root", "tbf", "rate", "8kbit", "burst", "1600", "latency",
                "1000s");
        assertThatThrownBy(() -> {
                    for (int i = 0; i < BUFFER_BYTES; i++) {
                        send("too much");
                    }
                })
                .isInstanceOf(IOException.class)
                .hasMessageContaining("send buffer is full");
        here.namespace.exec("tc", "qdisc", "del", "dev", "eth0", "root");
        send("room");
        String heard = "too much";
        while (heard.equals("too much")) {
            heard = text(next(receiver));
        }
        assertThat(heard).isEqualTo("room");
    }
}
