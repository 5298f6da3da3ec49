package io.keepflow.it.lab.replication;

import io.keepflow.it.lab.Firewall;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** What a node's {@code /metrics} say, by name and labels as {@code keepflow_deltas_total{way="published"}}. */
public final class NodeMetrics {
    static final int PORT = 9750;
    private static final int READ_LIMIT_MS = 10_000;

    private final Map<String, Double> values;

    private NodeMetrics(Map<String, Double> values) {
        this.values = values;
    }

    static NodeMetrics read(Firewall firewall) throws Exception {
        return parse(firewall.namespace().call(NodeMetrics::scrape));
    }

    static NodeMetrics parse(String text) {
        Map<String, Double> values = new TreeMap<>();
        text.lines().filter(line -> line.startsWith("keepflow_")).forEach(line -> {
            int space = line.lastIndexOf(' ');
            values.put(line.substring(0, space), Double.valueOf(line.substring(space + 1)));
        });
        return new NodeMetrics(values);
    }

    /** A value by its full name; 0 if there is none. */
    public double get(String name) {
        return values.getOrDefault(name, 0.0);
    }

    /** The sum over all labels of a metric. */
    public double sum(String name) {
        return values.entrySet().stream()
                .filter(value -> value.getKey().equals(name) || value.getKey().startsWith(name + "{"))
                .mapToDouble(Map.Entry::getValue)
                .sum();
    }

    /** Whether the node says that the peer is connected, holds everything, and lags by nothing. */
    public boolean isInStep(String peer) {
        String label = "{peer=\"" + peer + "\"}";
        return get("keepflow_peer_connected" + label) == 1
                && get("keepflow_sync_lag_flows" + label) == 0
                && get("keepflow_sync_lag_seconds" + label) == 0;
    }

    private static String scrape() throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), PORT)) {
            socket.setSoTimeout(READ_LIMIT_MS);
            String request = "GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
