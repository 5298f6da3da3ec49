package io.keepflow.node.failover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.keepflow.node.testkit.NetworkNamespace;
import io.keepflow.protocol.v1.Role;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real FIFOs, written to as keepalived does: opened for reading and writing, one line per change. */
class KeepalivedFifoTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final String BACKUP = "INSTANCE \"VI_1\" BACKUP 100\n";
    private static final String MASTER = "INSTANCE \"VI_1\" MASTER 100\n";
    private static final String FAULT = "INSTANCE \"VI_1\" FAULT 100\n";

    @TempDir
    private Path directory;

    private final List<Role> roles = new CopyOnWriteArrayList<>();
    private Path fifo;
    private Path memory;
    private @Nullable KeepalivedFifo node;

    @BeforeEach
    void paths() {
        fifo = directory.resolve("run/vrrp.fifo");
        memory = directory.resolve("run/vrrp.fifo.states");
    }

    @AfterEach
    void close() throws IOException {
        KeepalivedFifo open = node;
        if (open != null) {
            open.close();
        }
    }

    @Test
    void theNodeIsThereFirst() throws Exception {
        open();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(fifo)))
                .isEqualTo("rw-------");
        assertThat(roles).isEmpty();
        try (RandomAccessFile keepalived = keepalived()) {
            write(keepalived, BACKUP);
            awaitRoles(Role.ROLE_STANDBY);
            write(keepalived, MASTER);
            awaitRoles(Role.ROLE_STANDBY, Role.ROLE_ACTIVE);
        }
    }

    @Test
    void keepalivedIsThereFirst() throws Exception {
        makeFifo();
        try (RandomAccessFile keepalived = keepalived()) {
            write(keepalived, BACKUP + MASTER);
            open();
            awaitRoles(Role.ROLE_STANDBY, Role.ROLE_ACTIVE);
            write(keepalived, FAULT);
            awaitRoles(Role.ROLE_STANDBY, Role.ROLE_ACTIVE, Role.ROLE_FAULT);
        }
    }

    @Test
    void keepalivedRemovesTheFifoAndMakesAnother() throws Exception {
        makeFifo();
        try (RandomAccessFile keepalived = keepalived()) {
            open();
            write(keepalived, MASTER);
            awaitRoles(Role.ROLE_ACTIVE);
        }
        for (int restart = 0; restart < 3; restart++) {
            int before = roles.size();
            Files.delete(fifo);
            makeFifo();
            try (RandomAccessFile keepalived = keepalived()) {
                write(keepalived, BACKUP + MASTER);
                await().atMost(PATIENCE).until(() -> roles.size() == before + 2);
            }
        }
        assertThat(roles.subList(1, 7))
                .containsExactly(
                        Role.ROLE_STANDBY,
                        Role.ROLE_ACTIVE,
                        Role.ROLE_STANDBY,
                        Role.ROLE_ACTIVE,
                        Role.ROLE_STANDBY,
                        Role.ROLE_ACTIVE);
    }

    @Test
    void aFifoThatVanishesIsMadeAgain() throws Exception {
        open();
        Files.delete(fifo);
        await().atMost(PATIENCE).until(() -> Files.exists(fifo));
        try (RandomAccessFile keepalived = keepalived()) {
            write(keepalived, MASTER);
            awaitRoles(Role.ROLE_ACTIVE);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatIsNoFifoIsRefusedAtTheStart(boolean isDirectory) throws Exception {
        Files.createDirectories(isDirectory ? fifo : fifo.getParent());
        if (!isDirectory) {
            Files.writeString(fifo, MASTER);
        }
        assertThatThrownBy(this::open)
                .isInstanceOf(IOException.class)
                .hasMessage(fifo + " is not a FIFO: remove it, keepalived or keepflow makes it anew");
        assertThat(Files.exists(fifo)).as("it is left to whoever put it there").isTrue();
    }

    @Test
    void aRegularFileThatTakesItsPlaceIsSurvived() throws Exception {
        open();
        Files.delete(fifo);
        Path file = directory.resolve("file");
        Files.writeString(file, MASTER);
        NetworkNamespace.run("mv", "-f", file.toString(), fifo.toString());
        await("a file is not read").during(Duration.ofMillis(600)).until(roles::isEmpty);
        assertThat(Files.readString(fifo)).as("nor written").isEqualTo(MASTER);
        Files.delete(fifo);
        await().atMost(PATIENCE).until(() -> Files.exists(fifo));
        try (RandomAccessFile keepalived = keepalived()) {
            write(keepalived, BACKUP);
            awaitRoles(Role.ROLE_STANDBY);
        }
    }

    @Test
    void garbageIsPassedOver() throws Exception {
        open();
        try (RandomAccessFile keepalived = keepalived()) {
            write(keepalived, "\n\n   \nno such line\nINSTANCE \"VI_1\" MASTER_RX_LOWER_PRI 100\n");
            keepalived.write(new byte[] {0, -1, -2, '\n'});
            write(keepalived, "x".repeat(3000) + "\n");
            write(keepalived, "INSTANCE \"" + "n".repeat(600) + "\" MASTER 100\n");
            write(keepalived, BACKUP);
            awaitRoles(Role.ROLE_STANDBY);
        }
    }

    @Test
    void aLineMayComeInPieces() throws Exception {
        open();
        try (RandomAccessFile keepalived = keepalived()) {
            for (char letter : (BACKUP + MASTER).toCharArray()) {
                keepalived.write(letter);
            }
            awaitRoles(Role.ROLE_STANDBY, Role.ROLE_ACTIVE);
        }
    }

    @Test
    void aNodeThatStartsAgainKnowsWhatKeepalivedSaidLast() throws Exception {
        open();
        try (RandomAccessFile keepalived = keepalived()) {
            write(keepalived, BACKUP + "INSTANCE \"VI_2\" MASTER 100\n");
            awaitRoles(Role.ROLE_STANDBY, Role.ROLE_ACTIVE);
            awaitRemembered("INSTANCE \"VI_1\" BACKUP", "INSTANCE \"VI_2\" MASTER");
            close();
            roles.clear();
            open();
            assertThat(roles).as("the role of all instances at once").containsExactly(Role.ROLE_ACTIVE);
            write(keepalived, "INSTANCE \"VI_2\" BACKUP 100\n");
            awaitRoles(Role.ROLE_ACTIVE, Role.ROLE_STANDBY);
        }
    }

    /** The node was away when keepalived changed its mind: what stands in the FIFO is newer than what is remembered. */
    @Test
    void whatKeepalivedSaysOutweighsAStaleMemory() throws Exception {
        makeFifo();
        Files.writeString(memory, "INSTANCE \"VI_1\" MASTER\n");
        try (RandomAccessFile keepalived = keepalived()) {
            write(keepalived, BACKUP);
            open();
            awaitRoles(Role.ROLE_ACTIVE, Role.ROLE_STANDBY);
            awaitRemembered("INSTANCE \"VI_1\" BACKUP");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "no such line\n", "INSTANCE \"VI_1\" MAS"})
    void aMemoryThatSaysNothingIsPassedOver(String content) throws Exception {
        Files.createDirectories(fifo.getParent());
        Files.writeString(memory, content);
        open();
        assertThat(roles).isEmpty();
        try (RandomAccessFile keepalived = keepalived()) {
            write(keepalived, MASTER);
            awaitRoles(Role.ROLE_ACTIVE);
            awaitRemembered("INSTANCE \"VI_1\" MASTER");
        }
    }

    @Test
    void aMemoryOfBytesThatAreNoTextIsPassedOver() throws Exception {
        Files.createDirectories(fifo.getParent());
        Files.write(memory, new byte[] {-1, -2, '\n'});
        open();
        assertThat(roles).isEmpty();
    }

    @Test
    void aDeletedInstanceIsForgotten() throws Exception {
        open();
        try (RandomAccessFile keepalived = keepalived()) {
            write(keepalived, MASTER + "INSTANCE \"VI_1\" DELETED 100\n");
            awaitRoles(Role.ROLE_ACTIVE, Role.ROLE_UNKNOWN);
            awaitRemembered();
        }
    }

    @Test
    void closingEndsBothThreads() throws Exception {
        await("the threads of earlier tests").atMost(PATIENCE).until(() -> threads() == 0);
        open();
        assertThat(threads()).isEqualTo(2);
        close();
        await().atMost(PATIENCE).until(() -> threads() == 0);
        assertThat(Files.exists(fifo)).as("keepalived goes on writing to it").isTrue();
    }

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("keepflow-vrrp"))
                .count();
    }

    private void open() throws IOException {
        node = KeepalivedFifo.open(fifo, roles::add);
    }

    /** As keepalived does: one that is there is as good, for the node may have been quicker. */
    private void makeFifo() throws IOException {
        Files.createDirectories(fifo.getParent());
        NetworkNamespace.run("sh", "-c", "mkfifo -m 0600 \"$1\" || [ -p \"$1\" ]", "sh", fifo.toString());
    }

    private RandomAccessFile keepalived() throws IOException {
        return new RandomAccessFile(fifo.toFile(), "rw");
    }

    private static void write(RandomAccessFile keepalived, String lines) throws IOException {
        keepalived.write(lines.getBytes(StandardCharsets.UTF_8));
    }

    private void awaitRoles(Role... expected) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(5))
                .untilAsserted(() -> assertThat(roles).containsExactly(expected));
    }

    private void awaitRemembered(String... lines) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(5))
                .untilAsserted(() -> assertThat(Files.readAllLines(memory)).containsExactly(lines));
    }
}
