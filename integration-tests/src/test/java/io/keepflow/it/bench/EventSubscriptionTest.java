package io.keepflow.it.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keepflow.it.lab.Poll;
import io.keepflow.node.testkit.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class EventSubscriptionTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final String NO_GROUPS = "00000000";

    @Test
    void whoIsTakenOutHearsOfNoFlow() throws Exception {
        try (NetworkNamespace namespace = NetworkNamespace.create("kfsub")) {
            Process listener = namespace.process("conntrack", "--event").start();
            try {
                Poll.until("it listens", LIMIT, () -> listens(listener.pid()));
                EventSubscription.end(listener.pid());
                assertThat(listens(listener.pid())).isFalse();
                assertThat(listener.isAlive()).isTrue();
            } finally {
                listener.destroy();
                listener.waitFor();
            }
        }
    }

    @Test
    void whoDoesNotListenIsTold() throws Exception {
        Process idle = new ProcessBuilder("sleep", "60").start();
        try {
            assertThatThrownBy(() -> EventSubscription.end(idle.pid()))
                    .isInstanceOf(IOException.class)
                    .hasMessage("process " + idle.pid() + " has no netfilter socket");
        } finally {
            idle.destroy();
            idle.waitFor();
        }
    }

    private static boolean listens(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc", Long.toString(pid), "net", "netlink")).stream()
                .skip(1)
                .map(line -> line.split(" +"))
                .anyMatch(columns -> columns[1].equals("12") && !columns[3].equals(NO_GROUPS));
    }
}
