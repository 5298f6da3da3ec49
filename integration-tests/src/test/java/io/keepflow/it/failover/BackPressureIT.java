package io.keepflow.it.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.it.lab.BackgroundFlows;
import io.keepflow.it.lab.Firewall;
import io.keepflow.it.lab.Lab;
import io.keepflow.it.lab.LabPlan;
import io.keepflow.it.lab.Poll;
import io.keepflow.it.lab.failover.FailoverScenario;
import io.keepflow.it.lab.kernel.KernelComparison;
import io.keepflow.it.lab.replication.Keepflow;
import io.keepflow.it.lab.replication.NodeMetrics;
import io.keepflow.it.lab.replication.NodeStatus;
import io.keepflow.it.lab.traffic.Traffic;
import io.keepflow.it.lab.traffic.TrafficPlan;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A standby that cannot keep up: frozen, or behind a link that is too narrow. The active reads its kernel as if nothing were,
 * says how far the standby is behind, and the standby catches up by itself. {@code -Dkeepflow.freeze.seconds=60} freezes it longer.
 */
class BackPressureIT {
    private static final int FREEZE_SECONDS = Integer.getInteger("keepflow.freeze.seconds", 20);
    private static final int FLOWS_PER_SECOND = 1_000;
    private static final int BURST = 20_000;
    private static final int NARROW_KILOBYTES_PER_SECOND = 64;
    private static final long MOST_GROWTH_KILOBYTES = 128 * 1024;
    private static final Duration CONVERGENCE_LIMIT = Duration.ofSeconds(120);

    @Test
    void aFrozenStandbyHoldsNothingUpAndCatchesUp() throws Exception {
        try (Bed bed = new Bed();
                Traffic traffic = Traffic.open(bed.lab, TrafficPlan.of(10, 5))) {
            bed.awaitSame();
            long memoryBefore = bed.keepflow.residentKilobytes(bed.active);
            double seenBefore = bed.created();
            int made = 0;
            double lagBefore = 0;
            bed.keepflow.freeze(bed.standby);
            try {
                for (int second = 0; second < FREEZE_SECONDS; second++) {
                    BackgroundFlows.create(bed.active, made, FLOWS_PER_SECOND);
                    made += FLOWS_PER_SECOND;
                    Thread.sleep(1000);
                    if (second % 5 == 4) {
                        lagBefore = assertLagHasGrown(bed, lagBefore);
                    }
                }
                bed.assertCaptured(seenBefore, made);
                NodeStatus status = bed.keepflow.status(bed.active);
                assertThat(status.get("healthy")).as("%s", status).isEqualTo("false");
            } finally {
                bed.keepflow.thaw(bed.standby);
            }
            bed.awaitSame();
            Poll.until(
                    "the standby is in step",
                    CONVERGENCE_LIMIT,
                    () -> bed.keepflow.status(bed.active).isInStep(bed.standby.name()));
            assertThat(bed.keepflow.residentKilobytes(bed.active) - memoryBefore)
                    .as("growth of the active's memory, in KiB")
                    .isLessThan(MOST_GROWTH_KILOBYTES);
            assertThat(traffic.report().allSurvived())
                    .as("%s", traffic.report())
                    .isTrue();
        }
    }

    @Test
    void aNarrowLinkHoldsNothingUpAndCatchesUp() throws Exception {
        try (Bed bed = new Bed()) {
            bed.awaitSame();
            double seenBefore = bed.created();
            bed.standby.syncLink().narrow(NARROW_KILOBYTES_PER_SECOND);
            BackgroundFlows.create(bed.active, 0, BURST);
            Poll.until("all events are read", Duration.ofSeconds(30), () -> bed.created() - seenBefore >= BURST);
            assertThat(bed.standby.flowCount()).isLessThan(BURST);
            assertLagHasGrown(bed, 0);
            bed.assertCaptured(seenBefore, BURST);
            bed.standby.syncLink().narrow(0);
            bed.awaitSame();
        }
    }

    private static double assertLagHasGrown(Bed bed, double lagBefore) throws Exception {
        String peer = "{peer=\"" + bed.standby.name() + "\"}";
        NodeMetrics metrics = bed.keepflow.metrics(bed.active);
        double lag = metrics.get("keepflow_sync_lag_seconds" + peer);
        System.out.printf(
                "lag %.1f s, %.0f flows; connected %.0f; backlog %.0f%n",
                lag,
                metrics.get("keepflow_sync_lag_flows" + peer),
                metrics.get("keepflow_peer_connected" + peer),
                metrics.get("keepflow_backlog_flows{queue=\"publish\"}"));
        assertThat(lag).as("lag in seconds").isGreaterThan(lagBefore);
        assertThat(metrics.get("keepflow_sync_lag_flows" + peer)).isPositive();
        return lag;
    }

    /** Two firewalls in step. */
    private static final class Bed implements AutoCloseable {
        final Lab lab =
                Lab.open(LabPlan.ofFirewalls(2).withTableSize(200_000).withAdvertInterval(Duration.ofMillis(500)));
        final Keepflow keepflow = Keepflow.fromDistribution();
        final Firewall active;
        final Firewall standby;

        Bed() throws Exception {
            try {
                active = new FailoverScenario(lab, keepflow, System.out::println).start();
                standby = lab.othersThan(active).getFirst();
            } catch (Exception e) {
                close();
                throw e;
            }
        }

        /** Events of new flows that the active's node has read. */
        double created() throws Exception {
            return keepflow.metrics(active).get("keepflow_events_total{type=\"new\"}");
        }

        /** Everything that the kernel told has been read, and nothing was dropped. */
        void assertCaptured(double seenBefore, int made) throws Exception {
            assertThat(created() - seenBefore).isGreaterThanOrEqualTo(made);
            assertThat(keepflow.metrics(active).get("keepflow_netlink_overruns_total"))
                    .isZero();
        }

        void awaitSame() throws Exception {
            Poll.until(
                    "both kernels hold the same",
                    CONVERGENCE_LIMIT,
                    () -> KernelComparison.of(active, List.of(standby)).isEqual());
        }

        @Override
        public void close() throws Exception {
            keepflow.close();
            lab.close();
        }
    }
}
