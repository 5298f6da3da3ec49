package io.keepflow.it.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.it.lab.Firewall;
import io.keepflow.it.lab.Lab;
import io.keepflow.it.lab.LabPlan;
import io.keepflow.it.lab.failover.FailoverReport;
import io.keepflow.it.lab.failover.FailoverScenario;
import io.keepflow.it.lab.replication.Keepflow;
import io.keepflow.it.lab.traffic.Traffic;
import io.keepflow.it.lab.traffic.TrafficPlan;
import org.junit.jupiter.api.Test;

/** The old active comes back with a table of yesterday, catches up, and takes over again. */
class FailbackIT {
    @Test
    void connectionsSurviveThereAndBack() throws Exception {
        try (Lab lab = Lab.open(LabPlan.ofFirewalls(2));
                Keepflow keepflow = Keepflow.fromDistribution()) {
            FailoverScenario scenario = new FailoverScenario(lab, keepflow, System.out::println);
            Firewall first = scenario.start();
            Firewall second = lab.othersThan(first).getFirst();
            scenario.addBackgroundFlows(first, 1_000);
            try (Traffic early = Traffic.open(lab, TrafficPlan.of(20, 10))) {
                assertThat(scenario.awaitReplicated(first)).isTrue();
                assertThat(scenario.failOver(first, early).everythingSurvived()).isTrue();

                // What begins while the old active is away must be there when it is active again.
                try (Traffic late = Traffic.open(lab, TrafficPlan.of(20, 10))) {
                    first.reconnect();
                    assertThat(scenario.awaitReplicated(second)).isTrue();
                    FailoverReport back = scenario.failOver(second, early);
                    assertThat(first.isMaster()).isTrue();
                    assertThat(back.everythingSurvived()).as("%s", back).isTrue();
                    assertThat(late.report().allSurvived())
                            .as("%s", late.report())
                            .isTrue();
                }
            }
        }
    }
}
