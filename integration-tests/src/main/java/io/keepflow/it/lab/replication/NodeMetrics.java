package io.keepflow.it.lab.replication;

import io.keepflow.it.lab.Firewall;
<<<<<<< HEAD
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
=======
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
>>>>>>> main
                .mapToDouble(Map.Entry::getValue)
                .sum();
    }

<<<<<<< HEAD
    /** Whether the node says that the peer is connected, holds everything, and lags by nothing. */
    public boolean isInStep(String peer) {
        String label = "{peer=\"" + peer + "\"}";
        return get("keepflow_peer_connected" + label) == 1
                && get("keepflow_sync_lag_flows" + label) == 0
                && get("keepflow_sync_lag_seconds" + label) == 0;
    }

    private static double parseNumber(String text) {
        return text.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(text);
=======
    private static String scrape() throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), PORT)) {
            socket.setSoTimeout(READ_LIMIT_MS);
            String request = "GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
>>>>>>> main
    }
}
