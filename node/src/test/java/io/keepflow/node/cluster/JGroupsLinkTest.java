package io.keepflow.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.keepflow.crypto.ClusterKey;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Members that join, talk, leave, are cut off and come back, on real sockets in namespaces of their own. */
class JGroupsLinkTest {
    private final ClusterKey key = ClusterKey.generate();
    private final List<JGroupsLinkMember> members = new ArrayList<>();
    private JGroupsLinkNet net;

    @BeforeEach
    void connect() throws Exception {
        net = new JGroupsLinkNet();
    }

    @AfterEach
    void disconnect() throws Exception {
        net.close();
        for (JGroupsLinkMember member : members) {
            assertThat(member.faults).isEmpty();
        }
    }

    @Test
    void twoMembersJoinQuicklyAndHearEachOther() throws Exception {
        JGroupsLinkMember first = member(net.host().join(key));
        JGroupsLinkMember second = member(net.host().join(key));
        first.awaitView(2);
        report("first joined, ms", first.joinMillis);
        report("second joined, ms", second.joinMillis);
        assertThat(first.joinMillis).isLessThan(2000);
        assertThat(second.joinMillis).isLessThan(2000);
        assertThat(second.views.getLast()).containsExactlyInAnyOrder(first.link.self(), second.link.self());
        first.broadcast("from first");
        second.broadcast("from second");
        second.awaitMessage(first, "from first");
        first.awaitMessage(second, "from second");
    }

    @Test
    void threeMembersHearEachOther() throws Exception {
        assertThreeHearEachOther(host -> host.multicast("edge-cluster", host.ipv4));
    }

    @Test
    void threeMembersHearEachOtherOverIpv6() throws Exception {
        assertThreeHearEachOther(host -> host.multicast("edge-cluster", host.ipv6));
    }

    @Test
    void threeMembersHearEachOtherWithoutMulticast() throws Exception {
        List<InetSocketAddress> all = new ArrayList<>();
        for (int number = 1; number <= 3; number++) {
            all.add(new InetSocketAddress("10.77.0." + number, JGroupsLinkNet.PORT));
        }
        net.hub.exec("nft", "add table bridge nomulticast");
        net.hub.exec("nft", "add chain bridge nomulticast c { type filter hook forward priority 0 ; }");
        net.hub.exec("nft", "add rule bridge nomulticast c ip daddr 224.0.0.0/4 drop");
        assertThreeHearEachOther(
                host -> LinkOptions.unicast("edge-cluster", host.name(), host.ipv4, JGroupsLinkNet.PORT, all));
    }

    private interface OptionsOf {
        LinkOptions of(JGroupsLinkNet.Host host);
    }

    private void assertThreeHearEachOther(OptionsOf options) throws Exception {
        for (int i = 0; i < 3; i++) {
            JGroupsLinkNet.Host host = net.host();
            JGroupsLinkMember member = member(host.join(options.of(host), key));
            report("member joined, ms", member.joinMillis);
            assertThat(member.joinMillis).isLessThan(2000);
        }
        for (JGroupsLinkMember member : members) {
            member.awaitView(3);
            member.broadcast("hello");
        }
        for (JGroupsLinkMember receiver : members) {
            for (JGroupsLinkMember sender : members) {
                if (sender != receiver) {
                    receiver.awaitMessage(sender, "hello");
                }
            }
        }
    }

    @Test
    void broadcastsArriveOnceAndInOrderAlsoWhenOneInTenFramesIsLost() throws Exception {
        JGroupsLinkMember sender = member(net.host().join(key));
        JGroupsLinkMember receiver = member(net.host().join(key));
        sender.awaitView(2);
        net.lose(10);
        List<String> sent = new ArrayList<>();
        for (int i = 0; i < 3000; i++) {
            sent.add("message " + i);
            sender.broadcast(sent.getLast());
        }
        receiver.awaitMessage(sender, "message 2999");
        assertThat(receiver.received.stream()
                        .map(JGroupsLinkMember.Received::text)
                        .toList())
                .isEqualTo(sent);
    }

    @Test
    void membersThatStartTogetherFindEachOther() throws Exception {
        List<JGroupsLinkNet.Host> hosts = List.of(net.host(), net.host(), net.host());
        List<CompletableFuture<JGroupsLinkMember>> joining = new ArrayList<>();
        for (JGroupsLinkNet.Host host : hosts) {
            CompletableFuture<JGroupsLinkMember> joined = new CompletableFuture<>();
            joining.add(joined);
            Thread.ofPlatform().start(() -> {
                try {
                    joined.complete(host.join(key));
                } catch (Exception e) {
                    joined.completeExceptionally(e);
                }
            });
        }
        long start = System.nanoTime();
        for (CompletableFuture<JGroupsLinkMember> joined : joining) {
            member(joined.get());
        }
        for (JGroupsLinkMember member : members) {
            member.awaitView(3);
        }
        report("all three together after, ms", (System.nanoTime() - start) / 1_000_000);
    }

    @Test
    void aNetworkThatRefusesDatagramsIsCountedAndOvercome() throws Exception {
        JGroupsLinkNet.Host host = net.host();
        JGroupsLinkMember first = member(host.join(key));
        JGroupsLinkMember second = member(net.host().join(key));
        first.awaitView(2);
        host.namespace.exec("nft", "add table inet refuse");
        host.namespace.exec("nft", "add chain inet refuse c { type filter hook output priority 0 ; policy drop ; }");
        first.broadcast("refused at first");
        // The broadcast, all repeats of its number, and some heartbeats.
        await().until(() -> first.link.traffic().sendFailures() >= 8);
        host.namespace.exec("nft", "delete table inet refuse");
        long start = System.nanoTime();
        // As a node's next heartbeat does.
        first.broadcast("tells that one is missing");
        second.awaitMessage(first, "refused at first");
        long millis = (System.nanoTime() - start) / 1_000_000;
        report("a lost message is recovered after, ms", millis);
        assertThat(millis).isLessThan(2000);
        assertThat(first.viewSize()).isEqualTo(2);
    }

    @Test
    void aMemberThatLeavesIsGoneAtOnce() throws Exception {
        JGroupsLinkMember first = member(net.host().join(key));
        JGroupsLinkMember second = member(net.host().join(key));
        first.awaitView(2);
        second.close();
        long millis = first.awaitView(1);
        report("gone after it left, ms", millis);
        assertThat(millis).isLessThan(500);
    }

    @Test
    void aMemberThatDiesIsGoneWithinTwoSeconds() throws Exception {
        JGroupsLinkMember first = member(net.host().join(key));
        JGroupsLinkNet.Host dying = net.host();
        member(dying.join(key));
        JGroupsLinkMember third = member(net.host().join(key));
        first.awaitView(3);
        net.cut(dying);
        long millis = first.awaitView(2);
        report("gone after its death, ms", millis);
        assertThat(millis).isLessThan(2000);
        third.awaitView(2);
        first.broadcast("still here");
        third.awaitMessage(first, "still here");
    }

    @Test
    void whatADeadMemberHasNotConfirmedIsForgottenAfterItsEnd() throws Exception {
        JGroupsLinkMember first = member(net.host().join(key));
        JGroupsLinkNet.Host dying = net.host();
        member(dying.join(key));
        JGroupsLinkMember third = member(net.host().join(key));
        first.awaitView(3);
        net.cut(dying);
        for (int i = 0; i < 2000; i++) {
            first.broadcast("unconfirmed " + i);
        }
        third.awaitMessage(first, "unconfirmed 1999");
        assertThat(first.link.unconfirmedBroadcasts()).isGreaterThanOrEqualTo(2000);
        first.awaitView(2);
        await().atMost(Duration.ofSeconds(5)).until(() -> first.link.unconfirmedBroadcasts() == 0);
    }

    @Test
    void theCoordinatorsDeathIsNoticedAsQuickly() throws Exception {
        JGroupsLinkNet.Host dying = net.host();
        member(dying.join(key));
        JGroupsLinkMember second = member(net.host().join(key));
        JGroupsLinkMember third = member(net.host().join(key));
        second.awaitView(3);
        net.cut(dying);
        long millis = second.awaitView(2);
        report("coordinator gone after its death, ms", millis);
        assertThat(millis).isLessThan(2000);
        third.awaitView(2);
    }

    @Test
    void aSplitClusterMergesAfterHealing() throws Exception {
        JGroupsLinkNet.Host cut = net.host();
        JGroupsLinkMember first = member(cut.join(key));
        JGroupsLinkMember second = member(net.host().join(key));
        JGroupsLinkMember third = member(net.host().join(key));
        first.awaitView(3);
        net.cut(cut);
        report("split after, ms", Math.max(first.awaitView(1), second.awaitView(2)));
        second.broadcast("while apart");
        third.awaitMessage(second, "while apart");
        net.heal(cut);
        report("merged after, ms", Math.max(first.awaitView(3), second.awaitView(3)));
        third.awaitView(3);
        for (JGroupsLinkMember member : members) {
            member.broadcast("together");
        }
        first.awaitMessage(third, "together");
        second.awaitMessage(first, "together");
        third.awaitMessage(second, "together");
        assertThat(first.received).extracting(JGroupsLinkMember.Received::text).doesNotContain("while apart");
    }

    @Test
    void aRestartedMemberComesBackAsAnother() throws Exception {
        JGroupsLinkMember first = member(net.host().join(key));
        JGroupsLinkNet.Host host = net.host();
        JGroupsLinkMember before = member(host.join(key));
        first.awaitView(2);
        before.close();
        JGroupsLinkMember after = member(host.join(key));
        report("joined again in, ms", after.joinMillis);
        assertThat(after.joinMillis).isLessThan(2000);
        first.awaitView(2);
        assertThat(first.views.getLast()).contains(after.link.self()).doesNotContain(before.link.self());
        after.broadcast("back");
        first.awaitMessage(after, "back");
    }

    @Test
    void aClosedLinkSaysSo() throws Exception {
        JGroupsLinkMember member = member(net.host().join(key));
        member.close();
        assertThatThrownBy(() -> member.broadcast("late")).isInstanceOf(Link.LinkException.class);
    }

    @Test
    void onePortAndOneGroupIsAllThatIsOpen() throws Exception {
        JGroupsLinkNet.Host host = net.host();
        member(host.join(key));
        assertThat(host.namespace.exec("ss", "-Hlntp")).as("TCP sockets").isBlank();
        assertThat(host.namespace.exec("ss", "-Hlnu").lines())
                .hasSize(2)
                .anyMatch(line -> line.contains("10.77.0.1]:7753 "))
                .anyMatch(line -> line.contains("239.255.77.1:7752 "));
    }

    private JGroupsLinkMember member(JGroupsLinkMember joined) {
        members.add(joined);
        return joined;
    }

    private static void report(String what, long value) {
        System.out.println("[link] " + what + ": " + value);
    }
}
