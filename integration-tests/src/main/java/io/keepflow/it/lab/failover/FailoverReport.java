package io.keepflow.it.lab.failover;

import io.keepflow.it.lab.Family;
import io.keepflow.it.lab.traffic.TrafficReport;
import java.util.List;

/**
 * What a failover cost.
 *
 * @param traffic what the conversations noticed
 * @param flows the tables of both kernels
 * @param takeoverMs from the pulled cables until the survivor held all virtual addresses
 * @param failures why TCP connections ended, each reason once
 * @param missingExamples some of the flows that are missing on the survivor
 */
public record FailoverReport(
        TrafficReport traffic, Flows flows, long takeoverMs, List<String> failures, List<String> missingExamples) {

    public FailoverReport {
        failures = List.copyOf(failures);
        missingExamples = List.copyOf(missingExamples);
    }

    /** Whether every conversation lives on unchanged and no flow is missing. */
    public boolean everythingSurvived() {
        return traffic.allSurvived() && flows.missing() == 0;
    }

    /** One JSON object; the outer tcp and udp are IPv4's. */
    public String toJson() {
        return "{%s,\"ipv6\":{%s},\"flows\":{\"active\":%d,\"standby\":%d,\"missing\":%d}}"
                .formatted(json(Family.IPV4), json(Family.IPV6), flows.active(), flows.standby(), flows.missing());
    }

    private String json(Family family) {
        TrafficReport.Tcp tcp = traffic.tcp(family);
        TrafficReport.Udp udp = traffic.udp(family);
        return "\"tcp\":{\"opened\":%d,\"alive\":%d,\"reset\":%d,\"stuck\":%d,\"longestSilenceMs\":%d},\"udp\":{\"opened\":%d,\"alive\":%d,\"sameMapping\":%d}"
                .formatted(
                        tcp.opened(),
                        tcp.alive(),
                        tcp.reset(),
                        tcp.stuck(),
                        tcp.longestSilenceMs(),
                        udp.opened(),
                        udp.alive(),
                        udp.sameMapping());
    }

    /**
     * Flows between the client side and the server side.
     *
     * @param active in the active's kernel right before the failure
     * @param standby in the survivor's kernel after it
     * @param missing of the former, not among the latter
     */
    public record Flows(int active, int standby, int missing) {}
}
