package io.keepflow.it.lab.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.it.lab.Family;
import io.keepflow.it.lab.traffic.TrafficReport;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FailoverReportTest {
    private static final TrafficReport.Tcp TCP_FINE = new TrafficReport.Tcp(100, 100, 0, 0, 612);
    private static final TrafficReport.Udp UDP_FINE = new TrafficReport.Udp(20, 20, 20, 480);

    @Test
    void theJsonHasTheDocumentedShape() {
        assertThat(report(TCP_FINE, UDP_FINE, 0).toJson())
                .isEqualTo("{\"tcp\":{\"opened\":100,\"alive\":100,\"reset\":0,\"stuck\":0,\"longestSilenceMs\":612},"
                        + "\"udp\":{\"opened\":20,\"alive\":20,\"sameMapping\":20},"
                        + "\"ipv6\":{\"tcp\":{\"opened\":100,\"alive\":100,\"reset\":0,\"stuck\":0,\"longestSilenceMs\":612},"
                        + "\"udp\":{\"opened\":20,\"alive\":20,\"sameMapping\":20}},"
                        + "\"flows\":{\"active\":240,\"standby\":240,\"missing\":0}}");
    }

    @Test
    void oneLossIsALoss() {
        assertThat(report(TCP_FINE, UDP_FINE, 0).everythingSurvived()).isTrue();
        assertThat(report(TCP_FINE, UDP_FINE, 1).everythingSurvived()).isFalse();
        assertThat(report(new TrafficReport.Tcp(100, 99, 1, 0, 612), UDP_FINE, 0)
                        .everythingSurvived())
                .isFalse();
        assertThat(report(TCP_FINE, new TrafficReport.Udp(20, 20, 19, 480), 0).everythingSurvived())
                .isFalse();
    }

    private static FailoverReport report(TrafficReport.Tcp tcp, TrafficReport.Udp udp, int missing) {
        TrafficReport traffic = new TrafficReport(
                Map.of(Family.IPV4, TCP_FINE, Family.IPV6, tcp), Map.of(Family.IPV4, UDP_FINE, Family.IPV6, udp));
        return new FailoverReport(
                traffic, new FailoverReport.Flows(240, 240 - missing, missing), 380, List.of(), List.of());
    }
}
