package io.keepflow.node.api;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers {@code GET /metrics} in Prometheus' text format, on a bounded number of threads and with little patience. */
public final class MetricsServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MetricsServer.class);
    /** As many threads as connections: one that sends its request slowly delays no other. */
    private static final int CONNECTIONS = 32;

    private static final int BACKLOG = 16;
    private static final String TEXT = "text/plain; charset=utf-8";
    private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

    static {
        // Read once by the JDK's server when its first instance is made: seconds for a request and for its answer.
        System.setProperty("sun.net.httpserver.maxReqTime", "5");
        System.setProperty("sun.net.httpserver.maxRspTime", "10");
        System.setProperty("jdk.httpserver.maxConnections", Integer.toString(CONNECTIONS));
    }

    private final HttpServer server;
    private final ExecutorService threads;
    private final Supplier<String> scrape;

    private MetricsServer(HttpServer server, ExecutorService threads, Supplier<String> scrape) {
        this.server = server;
        this.threads = threads;
        this.scrape = scrape;
    }

    /**
     * Serves what {@code scrape} returns; as {@code () -> { metrics.refresh(); return registry.scrape(); }}.
     *
     * @throws IOException when the address cannot be listened on; says which and what to do
     */
    public static MetricsServer start(InetSocketAddress listen, Supplier<String> scrape) throws IOException {
        HttpServer server;
        try {
            server = HttpServer.create(listen, BACKLOG);
        } catch (IOException e) {
            throw new IOException(
                    "metrics cannot listen on " + listen.getAddress().getHostAddress() + " port " + listen.getPort()
                            + " (" + e.getMessage() + "); free it or set another address in [metrics] listen",
                    e);
        }
        ThreadPoolExecutor threads = new ThreadPoolExecutor(
                CONNECTIONS,
                CONNECTIONS,
                10,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                task -> Thread.ofPlatform().daemon().name("metrics").unstarted(task));
        threads.allowCoreThreadTimeOut(true);
        MetricsServer metrics = new MetricsServer(server, threads, scrape);
        server.setExecutor(threads);
        server.createContext("/", metrics::handle);
        server.start();
        return metrics;
    }

    /** Where it listens; the real port when 0 was asked for. */
    public InetSocketAddress address() {
        return server.getAddress();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            boolean known = path.equals("/metrics") || path.equals("/");
            String method = exchange.getRequestMethod();
            if (!known) {
                answer(exchange, 404, TEXT, "Nothing is here; the metrics are at /metrics\n");
            } else if (!method.equals("GET") && !method.equals("HEAD")) {
                exchange.getResponseHeaders().set("Allow", "GET, HEAD");
                answer(exchange, 405, TEXT, "Only GET is answered here\n");
            } else if (path.equals("/")) {
                answer(exchange, 200, TEXT, "Keepflow: the metrics are at /metrics\n");
            } else {
                answer(exchange, 200, PROMETHEUS_TEXT, scrape.get());
            }
        } catch (RuntimeException e) {
            LOG.error("A scrape of the metrics failed", e);
            throw e;
        }
    }

    private static void answer(HttpExchange exchange, int status, String type, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        boolean bodyless = exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(status, bodyless ? -1 : bytes.length);
        if (!bodyless) {
            exchange.getResponseBody().write(bytes);
        }
    }
}
