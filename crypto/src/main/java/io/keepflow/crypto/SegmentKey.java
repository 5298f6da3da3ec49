package io.keepflow.crypto;

import java.nio.ByteBuffer;
import java.util.Arrays;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * The AES key of one segment, which is 2^28 consecutive counters of one run: HKDF-SHA256 of the cluster key with info
 * {@code "keepflow seal v1" | 0 | epoch (2 bytes) | boot (16) | segment (4)} gives 32 bytes of key and 4 of nonce salt.
 *
 * <p>The nonce is deterministic (NIST SP 800-38D, 8.2.1): salt and counter, 96 bits. A run counts up and never repeats a
 * counter, and another run has another boot id and so another key, whatever was restored, cloned or restarted; therefore the
 * limit of 2^32 messages for random nonces (8.3) does not apply. What limits a key is the volume of blocks: with q blocks an
 * attacker's advantage over ideal encryption is about q² / 2^129. A segment of datagrams of an Ethernet MTU has less than
 * 2^35 blocks and of 64 KB less than 2^40: advantages of 2^-59 and 2^-49.
 */
final class SegmentKey {
    static final int COUNTER_BITS = 28;

    private static final int AES_KEY_BYTES = 32;
    private static final int SALT_BYTES = 4;

    private final int segment;
    private final SecretKey key;
    private final int salt;

    private SegmentKey(int segment, SecretKey key, int salt) {
        this.segment = segment;
        this.key = key;
        this.salt = salt;
    }

    static SegmentKey derive(ClusterKey clusterKey, BootId boot, int segment) {
        ByteBuffer which = ByteBuffer.allocate(BootId.LENGTH_BYTES + Integer.BYTES);
        boot.put(which);
        which.putInt(segment);
        byte[] info = Hkdf.info("keepflow seal v1", clusterKey.epoch(), which.array());
        byte[] derived = Hkdf.expand(clusterKey.secret(), info, AES_KEY_BYTES + SALT_BYTES);
        SecretKey key = new SecretKeySpec(derived, 0, AES_KEY_BYTES, "AES");
        int salt = ByteBuffer.wrap(derived).getInt(AES_KEY_BYTES);
        Arrays.fill(derived, (byte) 0);
        return new SegmentKey(segment, key, salt);
    }

    static int segmentOf(long counter) {
        return (int) (counter >>> COUNTER_BITS);
    }

    int segment() {
        return segment;
    }

    SecretKey key() {
        return key;
    }

    int salt() {
        return salt;
    }
}
