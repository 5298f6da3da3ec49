package io.keepflow.it.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.it.lab.Family;
import io.keepflow.it.lab.Firewall;
import io.keepflow.it.lab.Lab;
import io.keepflow.it.lab.Poll;
import io.keepflow.it.lab.failover.ActiveActive;
import io.keepflow.it.lab.kernel.KernelComparison;
import io.keepflow.it.lab.replication.Keepflow;
import io.keepflow.it.lab.traffic.ShortConnections;
import io.keepflow.it.lab.traffic.Traffic;
import io.keepflow.it.lab.traffic.TrafficPlan;
import io.keepflow.it.lab.traffic.TrafficReport;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Both firewalls forward, and every connection crosses both: what the client sends goes through the first, what the server
 * answers through the second. {@code -Dkeepflow.activeactive.connections=1000} and {@code -Dkeepflow.activeactive.rounds=3} make
 * it longer.
 */
class ActiveActiveIT {
    private static final int CONNECTIONS = Integer.getInteger("keepflow.activeactive.connections", 200);
    private static final int ROUNDS = Integer.getInteger("keepflow.activeactive.rounds", 1);
    private static final int SHORT_PER_SECOND = 10;

    /** SYN, SYN-ACK, ACK, and as much for the end, with some repeated because they overtook replication. */
    private static final int MOST_MOVES_PER_CONNECTION = 12;

    private static final Duration TCP_INTERVAL = Duration.ofSeconds(1);
    private static final Duration REVIVAL_LIMIT = Duration.ofSeconds(30);
    private static final Duration END_LIMIT = Duration.ofSeconds(60);
    private static final Duration IDLE = Duration.ofSeconds(5);
    private static final Duration CONVERGENCE_LIMIT = Duration.ofSeconds(90);

    @Test
    void noConnectionIsResetWhileBothLoseTheirLinksInTurn() throws Exception {
        try (Lab lab = Lab.open(ActiveActive.plan(true));
                Keepflow keepflow = Keepflow.fromDistribution()) {
            ActiveActive pair = new ActiveActive(lab, keepflow);
            pair.start();
            pair.awaitApart();
            try (Traffic traffic = Traffic.open(lab, plan(CONNECTIONS / 2));
                    ShortConnections connections = traffic.openShort(SHORT_PER_SECOND)) {
                for (int round = 0; round < ROUNDS; round++) {
                    loseLinks(lab, pair, traffic, pair.first(), Firewall::cutNetworks);
                    loseLinks(lab, pair, traffic, pair.second(), Firewall::cut);
                    if (ROUNDS > 1) {
                        loseLinks(lab, pair, traffic, pair.first(), Firewall::cut);
                        loseLinks(lab, pair, traffic, pair.second(), Firewall::cutNetworks);
                    }
                }
                connections.stop();
                Poll.until(
                        "the short connections have ended",
                        END_LIMIT,
                        () -> connections.report().open() == 0);
                System.out.println(connections.report());
                assertThat(connections.failures()).isEmpty();
                assertThat(traffic.failures()).isEmpty();
                assertThat(moves(lab, keepflow))
                        .isLessThan(MOST_MOVES_PER_CONNECTION
                                * (connections.report().opened() + 2.0 * ROUNDS * CONNECTIONS));
                assertSame(pair);
                assertNothingCirculates(lab, keepflow);
                assertThat(traffic.report().allSurvived())
                        .as("%s", traffic.report())
                        .isTrue();
            }
        }
    }

    /** The control: a kernel that insists on windows drops half of a connection that it sees the other half of. */
    @Test
    void withoutLiberalWindowsConnectionsStallAndTheStatusSaysWhatToDo() throws Exception {
        try (Lab lab = Lab.open(ActiveActive.plan(false));
                Keepflow keepflow = Keepflow.fromDistribution()) {
            ActiveActive pair = new ActiveActive(lab, keepflow);
            pair.start();
            pair.awaitApart();
            pair.second().cutNetworks();
            lab.awaitMaster(List.of(pair.first()));
            try (Traffic traffic = Traffic.open(lab, plan(10))) {
                pair.second().reconnect();
                pair.awaitApart();
                traffic.mark();
                Poll.until("connections stall", REVIVAL_LIMIT, () -> stuck(traffic.report()) > 0);
                assertThat(keepflow.status(pair.first()).toString()).contains("nf_conntrack_tcp_be_liberal");
                assertThat(traffic.failures()).isEmpty();
            }
        }
    }

    private static TrafficPlan plan(int tcpPerFamily) {
        return new TrafficPlan(List.of(Family.values()), tcpPerFamily, 10, TCP_INTERVAL, Duration.ofMillis(200));
    }

    /** One firewall's links go down, the other carries both directions; then it takes its own back. */
    private static void loseLinks(Lab lab, ActiveActive pair, Traffic traffic, Firewall firewall, Cut cut)
            throws Exception {
        cut.of(firewall);
        lab.awaitMaster(lab.othersThan(firewall));
        traffic.mark();
        traffic.awaitAllAlive(REVIVAL_LIMIT);
        firewall.reconnect();
        pair.awaitApart();
        traffic.mark();
        traffic.awaitAllAlive(REVIVAL_LIMIT);
        System.out.println(firewall.name() + " lost its links and has them back: " + traffic.report());
    }

    private static void assertSame(ActiveActive pair) throws Exception {
        assertThat(Poll.holdsWithin(CONVERGENCE_LIMIT, () -> compare(pair).isEqual()))
                .as(() -> String.valueOf(describe(pair)))
                .isTrue();
    }

    private static KernelComparison compare(ActiveActive pair) throws Exception {
        return KernelComparison.of(pair.first(), List.of(pair.second()));
    }

    private static Object describe(ActiveActive pair) {
        try {
            return compare(pair);
        } catch (Exception e) {
            return e;
        }
    }

    /** Established connections that go on cost nothing, though both kernels see their packets. */
    private static void assertNothingCirculates(Lab lab, Keepflow keepflow) throws Exception {
        Poll.until("a few seconds without a delta", END_LIMIT, () -> {
            double before = published(lab, keepflow);
            Thread.sleep(IDLE);
            return published(lab, keepflow) == before;
        });
    }

    private static double published(Lab lab, Keepflow keepflow) throws Exception {
        double published = 0;
        for (Firewall firewall : lab.firewalls()) {
            published += keepflow.metrics(firewall).get("keepflow_deltas_total{way=\"published\"}");
        }
        return published;
    }

    private static double moves(Lab lab, Keepflow keepflow) throws Exception {
        double moves = 0;
        for (Firewall firewall : lab.firewalls()) {
            moves += keepflow.metrics(firewall).get("keepflow_ownership_moves_total");
        }
        System.out.printf("%.0f moves, %.0f deltas%n", moves, published(lab, keepflow));
        return moves;
    }

    private static int stuck(TrafficReport report) {
        return report.tcp().values().stream().mapToInt(TrafficReport.Tcp::stuck).sum();
    }

    /** How the links are lost. */
    @FunctionalInterface
    private interface Cut {
        void of(Firewall firewall) throws Exception;
    }
}
