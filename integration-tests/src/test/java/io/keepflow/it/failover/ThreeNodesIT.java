package io.keepflow.it.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.it.lab.BackgroundFlows;
import io.keepflow.it.lab.Firewall;
import io.keepflow.it.lab.FlowDump;
import io.keepflow.it.lab.Lab;
import io.keepflow.it.lab.LabPlan;
import io.keepflow.it.lab.Poll;
import io.keepflow.it.lab.failover.FailoverScenario;
import io.keepflow.it.lab.replication.Keepflow;
import io.keepflow.it.lab.traffic.Traffic;
import io.keepflow.it.lab.traffic.TrafficPlan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Three active firewalls, each with flows of its own: all hold all, whichever dies. */
class ThreeNodesIT {
    private static final int FLOWS_EACH = 500;
    private static final Duration UNION_LIMIT = Duration.ofSeconds(20);
    private static final Duration AFTERMATH = Duration.ofSeconds(5);

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void allHoldTheUnionAndTheDeathOfAnyLosesNothing(int victimIndex) throws Exception {
        try (Lab lab = Lab.open(LabPlan.ofFirewalls(3));
                Keepflow keepflow = Keepflow.fromDistribution()) {
            FailoverScenario scenario = new FailoverScenario(lab, keepflow, System.out::println);
            scenario.start();
            for (Firewall firewall : lab.firewalls()) {
                assertThat(keepflow.cli(firewall, "promote").exit()).isZero();
                BackgroundFlows.create(firewall, firewall.index() * FLOWS_EACH, FLOWS_EACH);
            }
            try (Traffic traffic = Traffic.open(lab, TrafficPlan.of(10, 5))) {
                int union = 3 * FLOWS_EACH + 2 * (10 + 5);
                Poll.until("all three hold the union", UNION_LIMIT, () -> allEqual(dumps(lab.firewalls()), union));
                FlowDump before = lab.firewall(victimIndex).flows();

                Firewall victim = lab.firewall(victimIndex);
                victim.cut();
                traffic.mark();
                lab.awaitMaster(lab.othersThan(victim));
                traffic.awaitAllAlive(UNION_LIMIT);
                Thread.sleep(AFTERMATH);

                assertThat(traffic.report().allSurvived())
                        .as("%s", traffic.report())
                        .isTrue();
                for (Firewall survivor : lab.othersThan(victim)) {
                    assertThat(before.missingIn(survivor.flows()))
                            .as("missing on %s", survivor.name())
                            .isEmpty();
                }
            }
        }
    }

    private static List<FlowDump> dumps(List<Firewall> firewalls) throws Exception {
        List<FlowDump> dumps = new ArrayList<>();
        for (Firewall firewall : firewalls) {
            dumps.add(firewall.flows());
        }
        return dumps;
    }

    private static boolean allEqual(List<FlowDump> dumps, int size) {
        return dumps.stream()
                .allMatch(dump ->
                        dump.size() == size && dump.missingIn(dumps.getFirst()).isEmpty());
    }
}
