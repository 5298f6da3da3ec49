package io.keepflow.it.lab.replication;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NodeMetricsTest {
    @Test
    void aPeerIsInStepWhenItIsConnectedAndLagsByNothing() throws Exception {
        NodeMetrics metrics = NodeMetrics.parse("""
                # HELP keepflow_peer_connected Whether the peer is reachable
                keepflow_peer_connected{peer="fw2"} 1.0
                keepflow_sync_lag_flows{peer="fw2"} 0.0
                keepflow_sync_lag_seconds{peer="fw2"} 0.0
                keepflow_peer_connected{peer="fw3"} 1.0
                keepflow_sync_lag_flows{peer="fw3"} 0.0
                keepflow_sync_lag_seconds{peer="fw3"} 0.2
                keepflow_peer_connected{peer="fw4"} 0.0
                keepflow_events_total{type="new"} 1.5E7
                keepflow_events_total{type="update"} 3.0
                """);

        assertThat(metrics.isInStep("fw2")).isTrue();
        assertThat(metrics.isInStep("fw3")).isFalse();
        assertThat(metrics.isInStep("fw4")).isFalse();
        assertThat(metrics.isInStep("fw5")).isFalse();
        assertThat(metrics.sum("keepflow_events_total")).isEqualTo(15_000_003);
        assertThat(metrics.get("keepflow_events_total{type=\"destroy\"}")).isZero();
    }
}
