package io.keepflow.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.HexFormat;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Key files: what is written, what is accepted, and what each refusal says. */
class ClusterKeyTest {
    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void nameTheFile() {
        file = directory.resolve("cluster.key");
    }

    @Test
    void aWrittenKeyIsReadBack() throws Exception {
        ClusterKey key = ClusterKey.generate();
        key.write(file);
        assertThat(ClusterKey.read(file)).isEqualTo(key);
        assertThat(ClusterKey.read(file).fingerprint()).isEqualTo(key.fingerprint());
    }

    @Test
    void aWrittenKeyIsAPemFileThatOnlyItsOwnerCanRead() throws Exception {
        ClusterKey key = ClusterKey.generate();
        key.write(file);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(Files.readString(file)).isEqualTo(pem("Epoch: 1", key.secret()));
        try (var entries = Files.list(directory)) {
            assertThat(entries).as("no temporary file is left").containsExactly(file);
        }
    }

    @Test
    void anExistingFileIsNeverOverwritten() throws Exception {
        Files.writeString(file, "precious");
        assertThatThrownBy(() -> ClusterKey.generate().write(file)).isInstanceOf(FileAlreadyExistsException.class);
        assertThat(Files.readString(file)).isEqualTo("precious");
    }

    @Test
    void aKeyFileFromElsewhereIsRead() throws Exception {
        byte[] secret = HexFormat.of().parseHex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
        write("# the edge cluster\n" + pem("Epoch: 515", secret));
        ClusterKey key = ClusterKey.read(file);
        assertThat(key.epoch()).isEqualTo(515);
        assertThat(key.secret()).isEqualTo(secret);
    }

    @Test
    void keysDifferAndSoDoTheirFingerprints() {
        ClusterKey one = ClusterKey.generate();
        ClusterKey other = ClusterKey.generate();
        assertThat(one).isNotEqualTo(other);
        assertThat(one.fingerprint()).isNotEqualTo(other.fingerprint()).matches("[0-9a-f]{12}");
    }

    @Test
    void neitherFingerprintNorTextTellsTheKey() {
        ClusterKey key = ClusterKey.generate();
        String secret = HexFormat.of().formatHex(key.secret());
        assertThat(secret).doesNotContain(key.fingerprint());
        assertThat(key.toString()).contains(key.fingerprint()).doesNotContain(secret.substring(0, 8));
    }

    @Test
    void aMissingFileIsNamedWithAWayOut() {
        assertRefused("there is no such key file", "keygen");
    }

    @Test
    void aDirectoryIsNoKey() throws Exception {
        Files.createDirectory(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        assertRefused("directory", "keygen");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-r-----", "rw----r--", "rw--w----", "rw-----w-", "rw---x---", "rw-rw-rw-"})
    void aFileThatOthersHaveAccessToIsRefused(String mode) throws Exception {
        ClusterKey.generate().write(file);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
        assertRefused(mode, "chmod 600 " + file);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "hello\n", "-----BEGIN KEEPFLOW CLUSTER KE", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="})
    void aFileWithoutAKeyIsRefused(String text) throws Exception {
        write(text);
        assertRefused("this is no Keepflow key", "keygen");
    }

    @Test
    void anotherKindOfPemIsRefused() throws Exception {
        write("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
        assertRefused("it holds a PRIVATE KEY", "keygen");
    }

    @Test
    void aTruncatedKeyIsRefusedWhereverItIsCut() throws Exception {
        String whole = pem("Epoch: 1", new byte[32]);
        int firstLine = whole.indexOf('\n');
        int end = whole.indexOf("-----END") + "-----END KEEPFLOW CLUSTER KEY".length();
        for (int cut = firstLine; cut < end; cut++) {
            write(whole.substring(0, cut));
            assertThatThrownBy(() -> ClusterKey.read(file))
                    .as("cut to %d bytes", cut)
                    .isInstanceOf(KeyFileException.class);
            Files.delete(file);
        }
    }

    @Test
    void damagedBase64IsRefused() throws Exception {
        write(pem("Epoch: 1", new byte[32]).replace("AAAAAAAA", "AA*AAAAA"));
        assertRefused("truncated or damaged", "copy the file");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 16, 31, 33, 64})
    void aKeyOfAnotherLengthIsRefused(int bytes) throws Exception {
        write(pem("Epoch: 1", new byte[bytes]));
        assertRefused("the key has " + bytes + " bytes instead of 32", "copy the file");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Epoch: 0", "Epoch: 65536", "Epoch: -1", "Epoch: one", "Epoch: 99999999999", "Era: 1"})
    void aBadEpochIsRefused(String header) throws Exception {
        write(pem(header, new byte[32]));
        assertRefused("Epoch: N", "copy the file");
    }

    @Test
    void twoKeysInOneFileAreRefused() throws Exception {
        write(pem("Epoch: 1", new byte[32]) + pem("Epoch: 2", new byte[32]));
        assertRefused("more than one key", "leave the one");
    }

    @Test
    void aHugeFileIsRefusedUnread() throws Exception {
        write("x".repeat(1 << 20));
        assertRefused("more than 16 KiB", "keygen");
    }

    private void assertRefused(String problem, String remedy) {
        assertThatThrownBy(() -> ClusterKey.read(file))
                .isInstanceOf(KeyFileException.class)
                .hasMessageStartingWith(file + ": ")
                .hasMessageContaining(problem)
                .hasMessageContaining(remedy);
    }

    private void write(String text) throws IOException {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, text);
    }

    private static String pem(String header, byte[] secret) {
        return "-----BEGIN KEEPFLOW CLUSTER KEY-----\n" + header + "\n\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(secret)
                + "\n-----END KEEPFLOW CLUSTER KEY-----\n";
    }
}
