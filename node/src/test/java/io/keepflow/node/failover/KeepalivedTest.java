package io.keepflow.node.failover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keepflow.node.testkit.NetworkNamespace;
import io.keepflow.protocol.v1.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real keepalived, alone on its network, so that it becomes master in a moment. */
class KeepalivedTest {
    @TempDir
    private Path directory;

    private final List<Role> roles = new CopyOnWriteArrayList<>();
    private NetworkNamespace namespace;
    private Path fifo;
    private @Nullable Process keepalived;

    @BeforeEach
    void open() throws IOException {
        fifo = directory.resolve("vrrp.fifo");
        namespace = NetworkNamespace.create("kfka");
        namespace.exec("ip", "link", "add", "lan", "type", "veth", "peer", "name", "switch");
        namespace.exec("ip", "link", "set", "switch", "up");
        namespace.exec("ip", "link", "set", "lan", "up");
        namespace.exec("ip", "address", "add", "10.1.0.2/24", "dev", "lan");
        Files.writeString(directory.resolve("keepalived.conf"), """
                global_defs {
                  vrrp_version 3
                  vrrp_notify_fifo %s
                }
                vrrp_instance VI_1 {
                  state BACKUP
                  interface lan
                  virtual_router_id 51
                  priority 100
                  advert_int 0.1
                  virtual_ipaddress {
                    10.1.0.1/24
                  }
                }
                """.formatted(fifo));
    }

    @AfterEach
    void close() throws Exception {
        stopKeepalived();
        namespace.close();
    }

    @Test
    void theNodeFollowsKeepalivedThroughFaultsAndRestarts() throws Exception {
        try (KeepalivedFifo node = KeepalivedFifo.open(fifo, roles::add)) {
            startKeepalived();
            awaitRole(Role.ROLE_ACTIVE);
            namespace.exec("ip", "link", "set", "switch", "down");
            awaitRole(Role.ROLE_FAULT);
            namespace.exec("ip", "link", "set", "switch", "up");
            awaitRole(Role.ROLE_ACTIVE);
            stopKeepalived();
            awaitRole(Role.ROLE_FAULT);
            startKeepalived();
            awaitRole(Role.ROLE_ACTIVE);
            assertThat(roles).doesNotContain(Role.ROLE_UNKNOWN);
        }
    }

    @Test
    void aNodeThatComesAndGoesUnderARunningKeepalivedKnowsItsState() throws Exception {
        startKeepalived();
        await().atMost(Duration.ofSeconds(20))
                .until(() -> namespace.exec("ip", "address").contains("10.1.0.1"));
        KeepalivedFifo first = KeepalivedFifo.open(fifo, roles::add);
        awaitRole(Role.ROLE_ACTIVE);
        await().atMost(Duration.ofSeconds(5))
                .until(() ->
                        Files.readString(directory.resolve("vrrp.fifo.states")).contains("MASTER"));
        first.close();
        roles.clear();
        try (KeepalivedFifo second = KeepalivedFifo.open(fifo, roles::add)) {
            assertThat(roles).containsExactly(Role.ROLE_ACTIVE);
            namespace.exec("ip", "link", "set", "switch", "down");
            awaitRole(Role.ROLE_FAULT);
        }
    }

    private void startKeepalived() throws IOException {
        keepalived = namespace
                .process(
                        "keepalived",
                        "--dont-fork",
                        "--log-console",
                        "--vrrp",
                        "--use-file=" + directory.resolve("keepalived.conf"),
                        "--pid=" + directory.resolve("keepalived.pid"),
                        "--vrrp_pid=" + directory.resolve("keepalived-vrrp.pid"))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("keepalived.log").toFile()))
                .start();
    }

    private void stopKeepalived() throws InterruptedException {
        Process process = keepalived;
        if (process != null) {
            process.destroy();
            assertThat(process.waitFor(20, TimeUnit.SECONDS))
                    .as("keepalived ends")
                    .isTrue();
            keepalived = null;
        }
    }

    private void awaitRole(Role role) {
        await().atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(10))
                .untilAsserted(() -> assertThat(roles)
                        .as(() -> "keepalived wrote:\n" + log())
                        .last()
                        .isEqualTo(role));
    }

    private String log() {
        try {
            return Files.readString(directory.resolve("keepalived.log"));
        } catch (IOException e) {
            return e.toString();
        }
    }
}
