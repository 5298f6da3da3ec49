package io.keepflow.it.lab.replication;

import io.keepflow.it.lab.Firewall;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** What a node's {@code /metrics} said at one moment. Cheaper to ask for than its status, which takes a process. */
public final class NodeMetrics {
    private static final int TIMEOUT_MS = 10_000;

    private final Map<String, Double> samples;

    private NodeMetrics(Map<String, Double> samples) {
        this.samples = samples;
    }

    static NodeMetrics of(Firewall firewall) throws Exception {
        return parse(firewall.namespace().call(() -> {
            HttpURLConnection connection = (HttpURLConnection) URI.create("http://" + Keepflow.METRICS + "/metrics")
                    .toURL()
                    .openConnection();
            connection.setRequestProperty("Connection", "close");
            connection.setConnectTimeout(TIMEOUT_MS);
            connection.setReadTimeout(TIMEOUT_MS);
            try (InputStream body = connection.getInputStream()) {
                return new String(body.readAllBytes(), StandardCharsets.UTF_8);
            }
        }));
    }

    static NodeMetrics parse(String page) throws IOException {
        Map<String, Double> samples = new HashMap<>();
        for (String line : page.lines().toList()) {
            int space = line.lastIndexOf(' ');
            if (space > 0 && !line.startsWith("#")) {
                samples.put(line.substring(0, space), parseNumber(line.substring(space + 1)));
            }
        }
        if (samples.isEmpty()) {
            throw new IOException("a page of metrics without metrics: " + page);
        }
        return new NodeMetrics(samples);
    }

    /** A sample by its whole name, as {@code keepflow_role{role="active"}}; 0 when there is none. */
    public double get(String name) {
        return samples.getOrDefault(name, 0.0);
    }

    /** All samples of that name, whatever their labels. */
    public double sum(String name) {
        return samples.entrySet().stream()
                .filter(sample ->
                        sample.getKey().equals(name) || sample.getKey().startsWith(name + "{"))
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

    private static double parseNumber(String text) {
        return text.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(text);
    }
}
