package io.keepflow.crypto;

import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The 256-bit secret that the nodes of a cluster share, and its epoch: the number that a rotation raises.
 *
 * <p>Nothing is sealed with it directly; every run of every node derives its own keys (see {@link SegmentKey}).
 */
public final class ClusterKey {
    static final int LENGTH_BYTES = 32;
    static final int FIRST_EPOCH = 1;
    static final int LAST_EPOCH = 0xffff;

    private static final int FINGERPRINT_BYTES = 6;

    private final int epoch;
    private final byte[] secret;

    ClusterKey(int epoch, byte[] secret) {
        if (secret.length != LENGTH_BYTES || epoch < FIRST_EPOCH || epoch > LAST_EPOCH) {
            throw new IllegalArgumentException("a cluster key has 32 bytes and an epoch from 1 to 65535");
        }
        this.epoch = epoch;
        this.secret = secret.clone();
    }

    /** A fresh random key of the first epoch. */
    public static ClusterKey generate() {
        byte[] secret = new byte[LENGTH_BYTES];
        new SecureRandom().nextBytes(secret);
        return new ClusterKey(FIRST_EPOCH, secret);
    }

    /** The key in {@code file}, which nobody but its owner may have access to. */
    public static ClusterKey read(Path file) throws KeyFileException {
        return KeyFile.read(file);
    }

    /**
     * Writes the key to a new file of mode 0600: whole and on the disk, or not at all.
     *
     * @throws java.nio.file.FileAlreadyExistsException when {@code file} exists; it is left as it is
     */
    public void write(Path file) throws IOException {
        KeyFile.write(this, file);
    }

    /** The key's number in a series of rotations, 1 to 65535. */
    public int epoch() {
        return epoch;
    }

    /** Twelve hexadecimal digits that tell keys apart in logs and tell nothing about the key. */
    public String fingerprint() {
        return HexFormat.of()
                .formatHex(Hkdf.expand(secret, Hkdf.info("keepflow fingerprint v1", epoch), FINGERPRINT_BYTES));
    }

    /** The secret itself; callers in this package do not change it. */
    byte[] secret() {
        return secret;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ClusterKey key && epoch == key.epoch && MessageDigest.isEqual(secret, key.secret);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(secret);
    }

    @Override
    public String toString() {
        return "cluster key " + fingerprint() + ", epoch " + epoch;
    }
}
