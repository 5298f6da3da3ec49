package io.keepflow.node.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class MetricsServerTest {
    private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private final HttpClient client = HttpClient.newHttpClient();
    private MetricsServer server;

    MetricsServerTest() throws IOException {
        server = MetricsServer.start(ANY_PORT, () -> "keepflow_up 1\n");
    }

    @BeforeEach
    void isThere() {
        assertThat(server.address().getPort()).isPositive();
    }

    @AfterEach
    void stop() {
        server.close();
        client.close();
    }

    @Test
    void servesTheMetrics() throws Exception {
        HttpResponse<String> response = send("GET", "/metrics");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("keepflow_up 1\n");
        assertThat(response.headers().firstValue("Content-Type")).contains("text/plain; version=0.0.4; charset=utf-8");
        assertThat(send("HEAD", "/metrics").statusCode()).isEqualTo(200);
        assertThat(send("GET", "/").body()).contains("/metrics");
    }

    @Test
    void refusesEverythingElse() throws Exception {
        assertThat(send("GET", "/metrics/").statusCode()).isEqualTo(404);
        assertThat(send("GET", "/etc/passwd").statusCode()).isEqualTo(404);
        assertThat(send("POST", "/metrics").statusCode()).isEqualTo(405);
        assertThat(send("DELETE", "/").headers().firstValue("Allow")).contains("GET, HEAD");
    }

    @Test
    void silentConnectionsDoNotStopScrapes() throws Exception {
        List<Socket> silent = new ArrayList<>();
        try {
            for (int i = 0; i < 20; i++) {
                Socket socket = new Socket(
                        server.address().getAddress(), server.address().getPort());
                socket.getOutputStream().write("GET /metrics HTTP/1.1\r\nHost: ".getBytes(StandardCharsets.US_ASCII));
                silent.add(socket);
            }
            assertThat(send("GET", "/metrics").statusCode()).isEqualTo(200);
        } finally {
            for (Socket socket : silent) {
                socket.close();
            }
        }
    }

    @Test
    void namesTheAddressThatIsTaken() {
        assertThatThrownBy(() -> MetricsServer.start(server.address(), () -> ""))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("port " + server.address().getPort())
                .hasMessageContaining("[metrics] listen");
    }

    private HttpResponse<String> send(String method, String path) throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + server.address().getPort() + path);
        HttpRequest request = HttpRequest.newBuilder(uri)
                .timeout(Duration.ofSeconds(4))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }
}
