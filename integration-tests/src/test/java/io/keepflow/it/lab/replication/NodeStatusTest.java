package io.keepflow.it.lab.replication;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NodeStatusTest {
    @Test
    void aPeerIsInStepWhenItIsConnectedAndLagsByNothing() {
        NodeStatus status = NodeStatus.parse("""
                {"role":"active","peers":[
                  {"name":"fw2","connected":true,"lagSeconds":0.0,"lagFlows":0},
                  {"name":"fw3","connected":true,"lagSeconds":0.5,"lagFlows":12},
                  {"name":"fw4","connected":false,"lagSeconds":0.0,"lagFlows":0}]}
                """);

        assertThat(status.get("role")).isEqualTo("active");
        assertThat(status.peers()).isEqualTo(3);
        assertThat(status.isInStep("fw2")).isTrue();
        assertThat(status.isInStep("fw3")).isFalse();
        assertThat(status.isInStep("fw4")).isFalse();
        assertThat(status.isInStep("fw5")).isFalse();
        assertThat(status.lag()).startsWith("fw2 lags 0 flows, 0.0 s, fw3 lags 12 flows, 0.5 s");
    }

    @Test
    void whatIsNoJsonIsAnAbsentStatus() {
        assertThat(NodeStatus.parse("no node answers").isPresent()).isFalse();
        assertThat(NodeStatus.parse("").isPresent()).isFalse();
    }
}
