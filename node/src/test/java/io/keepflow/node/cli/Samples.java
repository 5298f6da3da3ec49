package io.keepflow.node.cli;

import io.keepflow.protocol.v1.AuditSummary;
import io.keepflow.protocol.v1.DifferenceCount;
import io.keepflow.protocol.v1.Peer;
import io.keepflow.protocol.v1.Role;
import io.keepflow.protocol.v1.Status;

/** States of a node for the screens. */
final class Samples {
    private Samples() {}

    static Status healthyActive() {
        return Status.newBuilder()
                .setNode("fw1")
                .setCluster("edge")
                .setVersion("0.1.0")
                .setRole(Role.ROLE_ACTIVE)
                .setRoleSource("keepalived")
                .setUptimeMs(273_600_000)
                .setRoleMs(8_040_000)
                .setFlowsOwn(198_342)
                .setPublishBacklog(12)
                .setEvents(12_345_678)
                .setEventBufferBytes(67_108_864)
                .setLastAudit(AuditSummary.newBuilder()
                        .setAgoMs(31_000)
                        .setDurationMs(310)
                        .setCompared(198_342))
                .addPeers(Peer.newBuilder()
                        .setName("fw2")
                        .setConnected(true)
                        .setRole(Role.ROLE_STANDBY)
                        .setLagSeconds(0.0004)
                        .setLagFlows(12)
                        .setComplete(true)
                        .setSyncProgress(1)
                        .setVersion("0.1.0"))
                .build();
    }

    static Status syncingStandby() {
        return Status.newBuilder()
                .setNode("fw2")
                .setCluster("edge")
                .setVersion("0.1.0")
                .setRole(Role.ROLE_STANDBY)
                .setRoleSource("keepalived")
                .setUptimeMs(4_200)
                .setRoleMs(3_100)
                .setFlowsPeers(103_137)
                .setInjectBacklog(2_048)
                .setInjected(101_089)
                .addPeers(Peer.newBuilder()
                        .setName("fw1")
                        .setConnected(true)
                        .setRole(Role.ROLE_ACTIVE)
                        .setFlows(103_137)
                        .setSyncProgress(0.52)
                        .setSyncFlows(103_137)
                        .setSyncExpected(198_342)
                        .setSyncRate(33_270.4)
                        .setSyncRemainingSeconds(2.86)
                        .setVersion("0.1.0"))
                .addProblems("The copy of fw1's flows is not complete yet (52 %); wait for it")
                .build();
    }

    static Status degradedActive() {
        return healthyActive().toBuilder()
                .clearPeers()
                .setOverruns(3)
                .setLastOverrunAgoMs(754_000)
                .setLastAudit(AuditSummary.newBuilder()
                        .setAgoMs(753_000)
                        .setDurationMs(4_310)
                        .setCompared(198_342)
                        .addDifferences(DifferenceCount.newBuilder()
                                .setName("ended")
                                .setKind("missing")
                                .setRemedy("ended on all nodes")
                                .setCount(211)))
                .setInjectFailures(17)
                .setRejectedFrames(4_211)
                .addPeers(Peer.newBuilder()
                        .setName("fw2")
                        .setRole(Role.ROLE_STANDBY)
                        .setLagSeconds(42.3)
                        .setLagFlows(1_203)
                        .setComplete(true)
                        .setFlows(77))
                .addPeers(Peer.newBuilder()
                        .setName("fw3")
                        .setConnected(true)
                        .setRefused("speaks protocol 2, this node speaks 1; upgrade this node"))
                .setLastFault("netlink overrun: events were lost, the table was read again")
                .setLastFaultAgoMs(754_000)
                .addProblems("fw2 has not been heard for 42 s; check its power and the sync link")
                .addProblems("fw3 speaks another protocol version; upgrade this node")
                .build();
    }

    static Status standby() {
        return syncingStandby().toBuilder()
                .clearProblems()
                .setInjectBacklog(3)
                .setFlowsPeers(198_342)
                .setInjected(1_204_311)
                .setUptimeMs(93_784_000)
                .setRoleMs(93_783_000)
                .setPeers(
                        0,
                        syncingStandby().getPeers(0).toBuilder()
                                .setComplete(true)
                                .setSyncProgress(1)
                                .setFlows(198_342))
                .build();
    }

    static Status filling() {
        return healthyActive().toBuilder()
                .setPeers(
                        0,
                        healthyActive().getPeers(0).toBuilder()
                                .setLagFlows(95_204)
                                .setLagSeconds(1.4))
                .addProblems("fw2 is being filled (52 %); a failover now would lose 95,204 flows")
                .build();
    }

    /** Every text as long as it can be, every number as large, everything wrong, more peers and problems than fit. */
    static Status overflowing() {
        Status.Builder status = degradedActive().toBuilder()
                .setNode("n".repeat(63))
                .setCluster("c".repeat(63))
                .setVersion("v".repeat(40))
                .setRoleSource("s".repeat(200))
                .setUptimeMs(Long.MAX_VALUE)
                .setRoleMs(Long.MAX_VALUE)
                .setFlowsOwn(4_000_000_000L)
                .setFlowsPeers(4_000_000_000L)
                .setFlowsUnowned(4_000_000_000L)
                .setEvents(Long.MAX_VALUE)
                .setOverruns(Long.MAX_VALUE)
                .setLastOverrunAgoMs(Long.MAX_VALUE)
                .setLastAudit(AuditSummary.newBuilder()
                        .setAgoMs(-1)
                        .setDurationMs(Long.MAX_VALUE)
                        .setCompared(Long.MAX_VALUE)
                        .addDifferences(DifferenceCount.newBuilder().setCount(Long.MAX_VALUE)))
                .setInjected(99_999_999_999L)
                .setInjectBacklog(4_000_000_000L)
                .setInjectFailures(99_999_999_999L)
                .setRejectedFrames(-1)
                .setLastFault("f\u001b[31m\n".repeat(100));
        for (int i = 0; i < 40; i++) {
            status.addProblems("p".repeat(300) + "\r\n");
            status.addPeers(Peer.newBuilder()
                    .setName("peer-" + "x".repeat(i))
                    .setConnected(i % 2 == 0)
                    .setRole(Role.forNumber(i % 4))
                    .setFlows(Long.MAX_VALUE)
                    .setLagFlows(Long.MAX_VALUE)
                    .setLagSeconds(Double.MAX_VALUE)
                    .setSyncProgress(Double.NaN)
                    .setRefused(i % 3 == 0 ? "r".repeat(400) : ""));
        }
        return status.build();
    }
}
