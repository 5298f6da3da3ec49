package io.keepflow.node.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.node.testkit.NetworkNamespace;
import io.keepflow.protocol.v1.Role;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node remembers of a keepalived that is gone, as after a power cut, is worth nothing. */
class KeepalivedGoneTest {
    @TempDir
    private Path directory;

    private final List<Role> roles = new CopyOnWriteArrayList<>();
    private Path fifo;
    private Path memory;

    @BeforeEach
    void leaveBehind() throws IOException {
        fifo = directory.resolve("vrrp.fifo");
        memory = directory.resolve("vrrp.fifo.states");
        NetworkNamespace.run("mkfifo", fifo.toString());
        Files.writeString(memory, "INSTANCE \"VI_1\" MASTER\n");
    }

    @Test
    void aKeepalivedThatIsGoneIsForgotten() throws IOException {
        try (KeepalivedFifo node = KeepalivedFifo.open(fifo, roles::add)) {
            assertThat(roles).isEmpty();
            assertThat(memory).doesNotExist();
        }
    }

    @Test
    void aFifoThatIsGoneAsWellIsMadeAgain() throws IOException {
        Files.delete(fifo);
        try (KeepalivedFifo node = KeepalivedFifo.open(fifo, roles::add)) {
            assertThat(roles).isEmpty();
            assertThat(fifo).exists();
        }
    }

    @Test
    void aKeepalivedThatIsThereIsRemembered() throws IOException {
        try (RandomAccessFile keepalived = new RandomAccessFile(fifo.toFile(), "rw");
                KeepalivedFifo node = KeepalivedFifo.open(fifo, roles::add)) {
            assertThat(keepalived.getFD().valid()).isTrue();
            assertThat(roles).containsExactly(Role.ROLE_ACTIVE);
        }
    }
}
