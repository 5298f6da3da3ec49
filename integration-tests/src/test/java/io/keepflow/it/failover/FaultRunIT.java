package io.keepflow.it.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.it.faults.FaultReport;
import io.keepflow.it.faults.FaultRun;
import io.keepflow.it.lab.Lab;
import io.keepflow.it.lab.replication.Keepflow;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A short form of {@code ./faults}: the same run, always with the same faults. */
class FaultRunIT {
    /** Draws a power cut, loss on the sync link, a takeover and a flush of the standby, among others. */
    private static final long SEED = 1494;

    private static final int PHASES = 4;
    private static final Duration LONGEST_FREEZE = Duration.ofSeconds(10);

    @Test
    void afterEachPhaseTheKernelsAreTheSame() throws Exception {
        try (Lab lab = Lab.open(FaultRun.plan());
                Keepflow keepflow = Keepflow.fromDistribution()) {
            FaultReport report =
                    new FaultRun(lab, keepflow, SEED, LONGEST_FREEZE, System.out::println).runPhases(PHASES);
            System.out.println(report.toTable());
            assertThat(report.divergent()).as("%s", report).isZero();
            assertThat(report.phases()).hasSize(PHASES).allMatch(phase -> phase.flows() > 1000);
            assertThat(report.mostRssMb(true)).isLessThan(2 * report.mostRssMb(false));
        }
    }
}
