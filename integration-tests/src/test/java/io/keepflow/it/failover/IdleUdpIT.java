package io.keepflow.it.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.it.lab.Family;
import io.keepflow.it.lab.Firewall;
import io.keepflow.it.lab.FlowDump;
import io.keepflow.it.lab.Lab;
import io.keepflow.it.lab.LabPlan;
import io.keepflow.it.lab.Poll;
import io.keepflow.it.lab.failover.FailoverReport;
import io.keepflow.it.lab.failover.FailoverScenario;
import io.keepflow.it.lab.replication.Conntrackd;
import io.keepflow.it.lab.replication.Keepflow;
import io.keepflow.it.lab.traffic.Traffic;
import io.keepflow.it.lab.traffic.TrafficPlan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** No event tells of a packet that only renews a flow: a standby must keep what still lives, and forget what has ended. */
class IdleUdpIT {
    private static final int TIMEOUT_SECONDS = 10;
    private static final Duration LASTING = Duration.ofSeconds(60);
    private static final Duration SAMPLE_EVERY = Duration.ofMillis(500);
    private static final TrafficPlan ONE_PACKET_PER_SECOND =
            TrafficPlan.of(0, 2).withUdpInterval(Duration.ofSeconds(1));

    @Test
    void aConversationThatOutlivesItsTimeoutStaysOnTheStandbyAndSurvives() throws Exception {
        try (Lab lab = Lab.open(plan());
                Keepflow keepflow = Keepflow.fromDistribution()) {
            FailoverScenario scenario = new FailoverScenario(lab, keepflow, System.out::println);
            Firewall active = scenario.start();
            Firewall standby = lab.othersThan(active).getFirst();
            try (Traffic traffic = Traffic.open(lab, ONE_PACKET_PER_SECOND)) {
                assertThat(scenario.awaitReplicated(active)).isTrue();
                long end = System.nanoTime() + LASTING.toNanos();
                while (System.nanoTime() - end < 0) {
                    assertThat(absentFrom(standby, sourcePorts(traffic)))
                            .as("source ports whose flow is gone from the standby's kernel")
                            .isEmpty();
                    Thread.sleep(SAMPLE_EVERY);
                }
                FailoverReport report = scenario.failOver(active, traffic);
                assertThat(report.everythingSurvived()).as("%s", report).isTrue();
            }
        }
    }

    @Test
    void aConversationThatHasEndedVanishesFromTheStandby() throws Exception {
        try (Lab lab = Lab.open(plan());
                Keepflow keepflow = Keepflow.fromDistribution()) {
            FailoverScenario scenario = new FailoverScenario(lab, keepflow, System.out::println);
            Firewall active = scenario.start();
            Firewall standby = lab.othersThan(active).getFirst();
            List<Integer> ports;
            try (Traffic traffic = Traffic.open(lab, ONE_PACKET_PER_SECOND)) {
                assertThat(scenario.awaitReplicated(active)).isTrue();
                ports = sourcePorts(traffic);
                assertThat(absentFrom(standby, ports)).isEmpty();
            }
            Poll.until(
                    "the ended flows vanish from the active",
                    Duration.ofSeconds(2 * TIMEOUT_SECONDS),
                    () -> absentFrom(active, ports).equals(ports));
            Poll.until(
                    "the ended flows vanish from the standby",
                    Duration.ofSeconds(TIMEOUT_SECONDS),
                    () -> absentFrom(standby, ports).equals(ports));
        }
    }

    /** The control: without anybody who arms it again, the entry expires under the living conversation. */
    @Test
    void injectedByConntrackdTheConversationVanishesFromTheStandby() throws Exception {
        try (Lab lab = Lab.open(plan());
                Conntrackd conntrackd = Conntrackd.withDirectInjection()) {
            FailoverScenario scenario = new FailoverScenario(lab, conntrackd, System.out::println);
            Firewall active = scenario.start();
            Firewall standby = lab.othersThan(active).getFirst();
            try (Traffic traffic = Traffic.open(lab, ONE_PACKET_PER_SECOND)) {
                assertThat(scenario.awaitReplicated(active)).isTrue();
                List<Integer> ports = sourcePorts(traffic);
                Poll.until(
                        "the living flows vanish from the standby",
                        Duration.ofSeconds(3 * TIMEOUT_SECONDS),
                        () -> absentFrom(standby, ports).equals(ports));
                assertThat(absentFrom(active, ports)).isEmpty();
            }
        }
    }

    private static LabPlan plan() {
        return LabPlan.ofFirewalls(2)
                .withSysctl("net/netfilter/nf_conntrack_udp_timeout", Integer.toString(TIMEOUT_SECONDS))
                .withSysctl("net/netfilter/nf_conntrack_udp_timeout_stream", Integer.toString(TIMEOUT_SECONDS));
    }

    private static List<Integer> sourcePorts(Traffic traffic) {
        List<Integer> ports = new ArrayList<>();
        for (Family family : Family.values()) {
            ports.addAll(traffic.udpSourcePorts(family));
        }
        return ports;
    }

    private static List<Integer> absentFrom(Firewall firewall, List<Integer> sourcePorts) throws Exception {
        FlowDump flows = firewall.flows();
        return sourcePorts.stream()
                .filter(port -> flows.timeoutOf(" sport=" + port + " ") == null)
                .toList();
    }
}
