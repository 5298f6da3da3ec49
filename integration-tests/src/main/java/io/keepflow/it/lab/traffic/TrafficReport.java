package io.keepflow.it.lab.traffic;

import io.keepflow.it.lab.Family;
import java.util.Map;

/** What all conversations noticed since the traffic was marked. */
public record TrafficReport(Map<Family, Tcp> tcp, Map<Family, Udp> udp) {

    public TrafficReport {
        tcp = Map.copyOf(tcp);
        udp = Map.copyOf(udp);
    }

    public Tcp tcp(Family family) {
        return tcp.getOrDefault(family, Tcp.NONE);
    }

    public Udp udp(Family family) {
        return udp.getOrDefault(family, Udp.NONE);
    }

    /** Whether every conversation goes on, and every UDP conversation from the address that the server knows. */
    public boolean allSurvived() {
        return tcp.values().stream().allMatch(r -> r.alive() == r.opened())
                && udp.values().stream().allMatch(r -> r.alive() == r.opened() && r.sameMapping() == r.opened());
    }

    /**
     * TCP connections of one family. Each is in exactly one of the three states.
     *
     * @param alive answered since the mark, and still answering
     * @param reset ended by a reset, an end of stream, or a wrong answer
     * @param stuck neither: nobody answers
     * @param longestSilenceMs the longest time that any connection went without an answer, one that still lasts included
     */
    public record Tcp(int opened, int alive, int reset, int stuck, long longestSilenceMs) {
        static final Tcp NONE = new Tcp(0, 0, 0, 0, 0);
    }

    /**
     * UDP conversations of one family.
     *
     * @param alive answered since the mark, and still answering
     * @param sameMapping those whose packets the server still sees, and from the same address and port as ever before
     */
    public record Udp(int opened, int alive, int sameMapping, long longestSilenceMs) {
        static final Udp NONE = new Udp(0, 0, 0, 0);
    }
}
