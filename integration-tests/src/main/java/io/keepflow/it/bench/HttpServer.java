package io.keepflow.it.bench;

import io.keepflow.it.lab.Daemon;
import io.keepflow.it.lab.Family;
import io.keepflow.it.lab.Lab;
import io.keepflow.it.lab.Poll;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** nginx behind the firewalls: answers every request with two bytes and closes, on some ports of both families. */
final class HttpServer implements AutoCloseable {
    static final int FIRST_PORT = 8000;
    static final int PORTS = 8;
    private static final Duration START_LIMIT = Duration.ofSeconds(10);
    private static final int CONNECT_LIMIT_MS = 500;

    private final Daemon nginx;

    private HttpServer(Daemon nginx) {
        this.nginx = nginx;
    }

    /** Returns when the client reaches it through the active firewall. */
    static HttpServer start(Lab lab) throws Exception {
        Path root = lab.firewall(1).directory().resolveSibling("nginx");
        Files.createDirectories(root.resolve("logs"));
        Path configuration = root.resolve("nginx.conf");
        Files.writeString(configuration, configuration(root));
        Path log = root.resolve("nginx.log");
        Daemon nginx = Daemon.start(
                "nginx",
                lab.server(),
                log,
                List.of("nginx", "-e", log.toString(), "-p", root.toString(), "-c", configuration.toString()));
        try {
            Poll.until("nginx answers through the firewall", START_LIMIT, () -> {
                nginx.requireAlive();
                return lab.client().call(HttpServer::isReached);
            });
        } catch (Exception e) {
            nginx.close();
            throw e;
        }
        return new HttpServer(nginx);
    }

    @Override
    public void close() {
        nginx.close();
    }

    private static boolean isReached() throws IOException {
        for (Family family : Family.values()) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(family.server(), FIRST_PORT), CONNECT_LIMIT_MS);
            } catch (SocketTimeoutException | java.net.ConnectException e) {
                return false;
            }
        }
        return true;
    }

    private static String configuration(Path root) {
        String listens = IntStream.range(FIRST_PORT, FIRST_PORT + PORTS)
                .mapToObj(port ->
                        "    listen %1$d backlog=4096; listen [::]:%1$d ipv6only=on backlog=4096;".formatted(port))
                .collect(Collectors.joining("\n"));
        return """
            user root;
            daemon off;
            worker_processes 1;
            pid %1$s/nginx.pid;
            events {
              worker_connections 8192;
            }
            http {
              access_log off;
              keepalive_timeout 0;
              client_body_temp_path %1$s/body;
              proxy_temp_path %1$s/proxy;
              fastcgi_temp_path %1$s/fastcgi;
              uwsgi_temp_path %1$s/uwsgi;
              scgi_temp_path %1$s/scgi;
              server {
            %2$s
                location / {
                  return 200 "ok";
                }
              }
            }
            """.formatted(root, listens);
    }
}
