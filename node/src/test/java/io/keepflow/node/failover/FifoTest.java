package io.keepflow.node.failover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FifoTest {
    @TempDir
    Path directory;

    @Test
    void isMadeForItsOwnerAloneUnlessItIsThere() throws Exception {
        Path fifo = directory.resolve("vrrp.fifo");
        Fifo.make(fifo);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(fifo)))
                .isEqualTo("rw-------");
        assertThat(Files.readAttributes(fifo, "unix:mode").toString()).contains(Integer.toString(0010600));
        Fifo.make(fifo);
    }

    @Test
    void whatKeepsItFromBeingMadeIsTold() {
        Path fifo = directory.resolve("nowhere/vrrp.fifo");
        assertThatThrownBy(() -> Fifo.make(fifo))
                .isInstanceOf(IOException.class)
                .hasMessage("cannot make the FIFO " + fifo + ": No such file or directory");
    }

    @Test
    void isReadWhileSomebodyHasItOpen() throws Exception {
        Path fifo = directory.resolve("vrrp.fifo");
        assertThat(Fifo.isRead(fifo)).as("missing").isFalse();
        Fifo.make(fifo);
        assertThat(Fifo.isRead(fifo)).isFalse();
        try (RandomAccessFile _ = new RandomAccessFile(fifo.toFile(), "rw")) {
            assertThat(Fifo.isRead(fifo)).isTrue();
        }
        assertThat(Fifo.isRead(fifo)).isFalse();
    }
}
