package io.keepflow.crypto;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.bouncycastle.util.encoders.DecoderException;
import org.bouncycastle.util.io.pem.PemHeader;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemReader;
import org.bouncycastle.util.io.pem.PemWriter;
import org.jspecify.annotations.Nullable;

/**
 * The cluster key as a PEM file (RFC 7468 with an RFC 1421 header):
 *
 * <pre>
 * -----BEGIN KEEPFLOW CLUSTER KEY-----
 * Epoch: 1
 *
 * (32 bytes in base64)
 * -----END KEEPFLOW CLUSTER KEY-----
 * </pre>
 */
final class KeyFile {
    static final String TYPE = "KEEPFLOW CLUSTER KEY";
    static final String EPOCH = "Epoch";

    private static final int MAX_FILE_BYTES = 16 * 1024;
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> OWNER = PosixFilePermissions.fromString("rwx------");
    private static final String MAKE_ONE = "copy the file from another node, or make one with 'keepflow keygen'";
    private static final String COPY_AGAIN = "copy the file from another node again";

    private KeyFile() {}

    static ClusterKey read(Path file) throws KeyFileException {
        requireOwnerOnly(file);
        return parse(file, text(file));
    }

    private static void requireOwnerOnly(Path file) throws KeyFileException {
        try {
            Set<PosixFilePermission> granted = Files.getPosixFilePermissions(file);
            if (!OWNER.containsAll(granted)) {
                throw new KeyFileException(
                        file,
                        "others than its owner have access to this key (mode " + PosixFilePermissions.toString(granted)
                                + ")",
                        "run 'chmod 600 " + file + "', and make a new key if somebody may have read this one");
            }
            if (Files.isDirectory(file)) {
                throw new KeyFileException(file, "this is a directory", MAKE_ONE);
            }
        } catch (NoSuchFileException e) {
            throw new KeyFileException(file, "there is no such key file", MAKE_ONE, e);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static String text(Path file) throws KeyFileException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_FILE_BYTES + 1);
            if (bytes.length > MAX_FILE_BYTES) {
                throw new KeyFileException(file, "this is no Keepflow key: it has more than 16 KiB", MAKE_ONE);
            }
            return new String(bytes, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static KeyFileException unreadable(Path file, IOException e) {
        return new KeyFileException(
                file, "the key cannot be read (" + e + ")", "let the user that runs keepflow read it", e);
    }

    private static ClusterKey parse(Path file, String text) throws KeyFileException {
        try (PemReader reader = new PemReader(new StringReader(text))) {
            PemObject pem = reader.readPemObject();
            if (pem == null || !pem.getType().equals(TYPE)) {
                String found = pem == null ? "no '-----BEGIN " + TYPE + "-----' in it" : "it holds a " + pem.getType();
                throw new KeyFileException(file, "this is no Keepflow key: " + found, MAKE_ONE);
            }
            ClusterKey key = key(file, pem);
            if (reader.readPemObject() != null) {
                throw new KeyFileException(
                        file, "there is more than one key in it", "leave the one that the cluster uses");
            }
            return key;
        } catch (IOException | DecoderException e) {
            throw new KeyFileException(file, "the key is truncated or damaged (" + e.getMessage() + ")", COPY_AGAIN, e);
        }
    }

    private static ClusterKey key(Path file, PemObject pem) throws KeyFileException {
        byte[] secret = pem.getContent();
        if (secret.length != ClusterKey.LENGTH_BYTES) {
            throw new KeyFileException(file, "the key has " + secret.length + " bytes instead of 32", COPY_AGAIN);
        }
        return new ClusterKey(epoch(file, pem), secret);
    }

    private static int epoch(Path file, PemObject pem) throws KeyFileException {
        @Nullable String value = null;
        for (Object header : pem.getHeaders()) {
            if (header instanceof PemHeader named && named.getName().equals(EPOCH)) {
                value = named.getValue().strip();
            }
        }
        if (value == null || !value.matches("[0-9]{1,5}")) {
            throw badEpoch(file);
        }
        int epoch = Integer.parseInt(value);
        if (epoch < ClusterKey.FIRST_EPOCH || epoch > ClusterKey.LAST_EPOCH) {
            throw badEpoch(file);
        }
        return epoch;
    }

    private static KeyFileException badEpoch(Path file) {
        return new KeyFileException(file, "the key has no line 'Epoch: N' with N from 1 to 65535", COPY_AGAIN);
    }

    static void write(ClusterKey key, Path file) throws IOException {
        Path target = file.toAbsolutePath();
        if (Files.exists(target)) {
            throw new FileAlreadyExistsException(file.toString());
        }
        Path directory = target.getParent();
        if (directory == null) {
            throw new IOException(file + " is not a file's name");
        }
        Path whole = directory.resolve("." + target.getFileName() + "." + randomSuffix());
        try {
            writeAndSync(whole, pem(key));
            // A hard link, unlike a rename, never replaces what is there.
            Files.createLink(target, whole);
        } finally {
            Files.deleteIfExists(whole);
        }
        try (FileChannel entries = FileChannel.open(directory, StandardOpenOption.READ)) {
            entries.force(true);
        }
    }

    private static void writeAndSync(Path file, String text) throws IOException {
        Set<StandardOpenOption> newFile = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try (FileChannel out = FileChannel.open(file, newFile, PosixFilePermissions.asFileAttribute(OWNER_ONLY))) {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            out.force(true);
        }
    }

    private static String pem(ClusterKey key) throws IOException {
        StringWriter text = new StringWriter();
        try (PemWriter writer = new PemWriter(text)) {
            List<PemHeader> headers = List.of(new PemHeader(EPOCH, Integer.toString(key.epoch())));
            writer.writeObject(new PemObject(TYPE, headers, key.secret()));
        }
        return text.toString();
    }

    private static String randomSuffix() {
        byte[] suffix = new byte[8];
        new SecureRandom().nextBytes(suffix);
        return HexFormat.of().formatHex(suffix);
    }
}
