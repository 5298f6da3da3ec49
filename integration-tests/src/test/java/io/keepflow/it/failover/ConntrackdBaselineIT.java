package io.keepflow.it.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.it.lab.Firewall;
import io.keepflow.it.lab.Lab;
import io.keepflow.it.lab.LabPlan;
import io.keepflow.it.lab.failover.FailoverReport;
import io.keepflow.it.lab.failover.FailoverScenario;
import io.keepflow.it.lab.replication.Conntrackd;
import io.keepflow.it.lab.traffic.Traffic;
import io.keepflow.it.lab.traffic.TrafficPlan;
import org.junit.jupiter.api.Test;

/** The test bed can be passed: with a replication that is known to work, a small failover loses nothing. */
class ConntrackdBaselineIT {
    @Test
    void withDirectInjectionEverythingSurvives() throws Exception {
        try (Lab lab = Lab.open(LabPlan.ofFirewalls(2));
                Conntrackd conntrackd = Conntrackd.withDirectInjection()) {
            FailoverScenario scenario = new FailoverScenario(lab, conntrackd, System.out::println);
            Firewall active = scenario.start();
            try (Traffic traffic = Traffic.open(lab, TrafficPlan.of(20, 10))) {
                assertThat(scenario.awaitReplicated(active)).isTrue();
                FailoverReport report = scenario.failOver(active, traffic);
                assertThat(report.everythingSurvived()).as("%s", report).isTrue();
            }
        }
    }
}
