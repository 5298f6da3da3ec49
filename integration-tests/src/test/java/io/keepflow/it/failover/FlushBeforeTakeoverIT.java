package io.keepflow.it.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.it.faults.FaultRun;
import io.keepflow.it.lab.BackgroundFlows;
import io.keepflow.it.lab.Firewall;
import io.keepflow.it.lab.Lab;
import io.keepflow.it.lab.Poll;
import io.keepflow.it.lab.failover.FailoverScenario;
import io.keepflow.it.lab.kernel.KernelComparison;
import io.keepflow.it.lab.replication.Keepflow;
import io.keepflow.it.lab.traffic.Traffic;
import io.keepflow.it.lab.traffic.TrafficPlan;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Somebody flushes the standby's kernel, and before its node has read a single event of that, it takes over: what it believes to be
 * in its kernel is not. Nothing may end for it; but what is deleted on the active from then on ends everywhere.
 */
class FlushBeforeTakeoverIT {
    private static final int FLOWS = 20_000;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @Test
    void aFlushThatIsReadAfterTheTakeoverEndsNothing() throws Exception {
        try (Lab lab = Lab.open(FaultRun.plan());
                Keepflow keepflow = Keepflow.fromDistribution()) {
            FailoverScenario scenario = new FailoverScenario(lab, keepflow, System.out::println);
            Firewall old = scenario.start();
            Firewall next = lab.othersThan(old).getFirst();
            BackgroundFlows.create(old, 0, FLOWS);
            try (Traffic traffic = Traffic.open(lab, TrafficPlan.of(10, 0))) {
                awaitSame(old, next);
                keepflow.freeze(next);
                try {
                    next.namespace().exec("conntrack", "--flush");
                    old.cutNetworks();
                    lab.awaitMaster(List.of(next));
                } finally {
                    keepflow.thaw(next);
                }
                traffic.mark();
                awaitSame(next, old);
                assertThat(next.flowCount()).as("flows after the takeover").isGreaterThanOrEqualTo(FLOWS);
                traffic.awaitAllAlive(LIMIT);
            }
            next.namespace()
                    .exec("conntrack", "--delete", "--proto", "tcp", "--dport", "443", "--orig-dst", "10.2.1.0/24");
            awaitSame(next, old);
            assertThat(next.flowCount()).as("flows after the deletion").isLessThan(FLOWS);
        }
    }

    private static void awaitSame(Firewall active, Firewall standby) throws Exception {
        Poll.until(
                "both kernels hold the same",
                LIMIT,
                () -> KernelComparison.of(active, List.of(standby)).isEqual());
    }
}
