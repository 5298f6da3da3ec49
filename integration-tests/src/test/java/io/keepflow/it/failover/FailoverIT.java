package io.keepflow.it.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.it.lab.Family;
import io.keepflow.it.lab.Firewall;
import io.keepflow.it.lab.Lab;
import io.keepflow.it.lab.LabPlan;
import io.keepflow.it.lab.failover.FailoverReport;
import io.keepflow.it.lab.failover.FailoverScenario;
import io.keepflow.it.lab.replication.Keepflow;
import io.keepflow.it.lab.traffic.Traffic;
import io.keepflow.it.lab.traffic.TrafficPlan;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The active firewall dies with all its cables; its connections live on through the other. */
class FailoverIT {
    private static final int BACKGROUND_FLOWS = 20_000;

    @ParameterizedTest
    @EnumSource(Family.class)
    void everyConnectionSurvives(Family syncLink) throws Exception {
        try (Lab lab = Lab.open(LabPlan.ofFirewalls(2).withTableSize(BACKGROUND_FLOWS));
                Keepflow keepflow = Keepflow.fromDistribution(syncLink)) {
            FailoverScenario scenario = new FailoverScenario(lab, keepflow, System.out::println);
            Firewall active = scenario.start();
            scenario.addBackgroundFlows(active, BACKGROUND_FLOWS);
            try (Traffic traffic = Traffic.open(lab, TrafficPlan.of(50, 20))) {
                assertThat(scenario.awaitReplicated(active)).isTrue();
                FailoverReport report = scenario.failOver(active, traffic);
                assertThat(report.flows().active()).isEqualTo(BACKGROUND_FLOWS + 2 * (50 + 20));
                assertThat(report.everythingSurvived()).as("%s", report).isTrue();
            }
        }
    }

    @Test
    void aNodeThatJoinsLateGetsEverything() throws Exception {
        try (Lab lab = Lab.open(LabPlan.ofFirewalls(2));
                Keepflow keepflow = Keepflow.fromDistribution()) {
            FailoverScenario scenario = new FailoverScenario(lab, keepflow, System.out::println);
            Firewall active = scenario.start();
            Firewall standby = lab.othersThan(active).getFirst();
            keepflow.kill(standby);
            scenario.addBackgroundFlows(active, 1_000);
            try (Traffic traffic = Traffic.open(lab, TrafficPlan.of(10, 5))) {
                keepflow.start(standby);
                assertThat(scenario.awaitReplicated(active)).isTrue();
                FailoverReport report = scenario.failOver(active, traffic);
                assertThat(report.everythingSurvived()).as("%s", report).isTrue();
            }
        }
    }
}
