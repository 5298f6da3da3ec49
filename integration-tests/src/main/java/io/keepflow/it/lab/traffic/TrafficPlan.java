package io.keepflow.it.lab.traffic;

import io.keepflow.it.lab.Family;
import java.time.Duration;
import java.util.List;

/**
 * How much traffic a lab shall carry.
 *
 * @param families address families, each of which gets the following
 * @param tcp TCP connections
 * @param udp UDP conversations
 * @param tcpInterval time between two messages of a connection
 * @param udpInterval time between two packets of a conversation
 */
public record TrafficPlan(List<Family> families, int tcp, int udp, Duration tcpInterval, Duration udpInterval) {
    private static final Duration TCP_INTERVAL = Duration.ofMillis(50);
    private static final Duration UDP_INTERVAL = Duration.ofMillis(100);

    public TrafficPlan {
        families = List.copyOf(families);
    }

    /** That many of each in both families, at the usual pace. */
    public static TrafficPlan of(int tcp, int udp) {
        return new TrafficPlan(List.of(Family.values()), tcp, udp, TCP_INTERVAL, UDP_INTERVAL);
    }

    public TrafficPlan withUdpInterval(Duration interval) {
        return new TrafficPlan(families, tcp, udp, tcpInterval, interval);
    }
}
