package io.keepflow.it.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.it.lab.Family;
import io.keepflow.it.lab.Firewall;
import io.keepflow.it.lab.Lab;
import io.keepflow.it.lab.LabPlan;
import io.keepflow.it.lab.failover.FailoverReport;
import io.keepflow.it.lab.failover.FailoverScenario;
import io.keepflow.it.lab.replication.NoReplication;
import io.keepflow.it.lab.traffic.Traffic;
import io.keepflow.it.lab.traffic.TrafficPlan;
import org.junit.jupiter.api.Test;

/** The test bed is honest: where nothing replicates, every connection dies and every translation changes. */
class NoReplicationIT {
    @Test
    void withoutReplicationNothingSurvives() throws Exception {
        try (Lab lab = Lab.open(LabPlan.ofFirewalls(2));
                NoReplication nothing = new NoReplication()) {
            FailoverScenario scenario = new FailoverScenario(lab, nothing, System.out::println);
            Firewall active = scenario.start();
            try (Traffic traffic = Traffic.open(lab, TrafficPlan.of(20, 10))) {
                FailoverReport report = scenario.failOver(active, traffic);
                for (Family family : Family.values()) {
                    assertThat(report.traffic().tcp(family).opened()).isEqualTo(20);
                    assertThat(report.traffic().tcp(family).alive()).isZero();
                    assertThat(report.traffic().udp(family).sameMapping()).isZero();
                }
                assertThat(report.flows().active()).isEqualTo(60);
                assertThat(report.flows().missing()).isEqualTo(60);
                assertThat(report.everythingSurvived()).isFalse();
            }
        }
    }
}
