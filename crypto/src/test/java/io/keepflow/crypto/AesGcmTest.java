package io.keepflow.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** OpenSSL's cipher and that of the Java runtime are one to their peers: what one seals the other opens, and neither opens anything else. */
class AesGcmTest {
    private static final int MAX_TEXT = Opener.MAX_DATAGRAM_BYTES - Sealer.OVERHEAD;
    private static final int[] LENGTHS = {0, 1, 15, 16, 17, 255, 1372, 2048, 4097, MAX_TEXT, 3};

    enum Pair {
        OPENSSL_TO_JAVA,
        JAVA_TO_OPENSSL
    }

    private final AesGcm openSsl = new OpenSslAesGcm();
    private final AesGcm java = new JavaAesGcm();
    private final ClusterKey clusterKey = ClusterKey.generate();
    private final BootId boot = BootId.random();
    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);
    private long counter;

    /** With two keys in turn, as of two peers. */
    @ParameterizedTest
    @EnumSource
    void whatOneSealsTheOtherOpens(Pair pair) {
        SegmentKey[] keys = {SegmentKey.derive(clusterKey, boot, 1), SegmentKey.derive(clusterKey, boot, 2)};
        for (int length : LENGTHS) {
            for (SegmentKey key : keys) {
                byte[] text = bytes(length);
                byte[] datagram = seal(pair, key, text);
                byte[] opened = new byte[length + 7];
                assertThat(open(pair, key, datagram, opened, 7))
                        .as("length %d, seed %d", length, seed)
                        .isEqualTo(length);
                assertThat(opened).endsWith(text).startsWith(new byte[7]);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void nothingElseIsOpened(Pair pair) {
        SegmentKey key = SegmentKey.derive(clusterKey, boot, 0);
        byte[] datagram = seal(pair, key, bytes(40));
        for (int bit = 0; bit < datagram.length * Byte.SIZE; bit++) {
            byte[] changed = datagram.clone();
            changed[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
            assertThat(open(pair, key, changed, new byte[100], 0))
                    .as("bit %d, seed %d", bit, seed)
                    .isEqualTo(-1);
        }
        SegmentKey another = SegmentKey.derive(clusterKey, boot, 1);
        assertThat(open(pair, another, datagram, new byte[100], 0)).isEqualTo(-1);
        assertThat(open(pair, key, datagram, new byte[100], 0)).isEqualTo(40);
        counter++;
        assertThat(open(pair, key, datagram, new byte[100], 0)).isEqualTo(-1);
    }

    /** One object may do both, in turn. */
    @Test
    void aCipherOpensAfterItHasSealed() {
        SegmentKey key = SegmentKey.derive(clusterKey, boot, 0);
        for (int i = 0; i < 3; i++) {
            byte[] text = bytes(100);
            byte[] datagram = seal(Pair.OPENSSL_TO_JAVA, key, text);
            byte[] opened = new byte[100];
            assertThat(openSsl.open(key, counter, datagram, 0, datagram.length, opened, 0))
                    .isEqualTo(100);
            assertThat(opened).as("seed %d", seed).isEqualTo(text);
        }
    }

    @Test
    void thisMachineUsesOpenSsl() {
        assertThat(AesGcm.create()).isInstanceOf(OpenSslAesGcm.class);
    }

    private byte[] seal(Pair pair, SegmentKey key, byte[] text) {
        counter++;
        byte[] datagram = new byte[text.length + Sealer.OVERHEAD];
        SealedHeader.write(datagram, 0, SealedHeader.DATA, 1, boot, counter);
        AesGcm cipher = pair == Pair.OPENSSL_TO_JAVA ? openSsl : java;
        assertThat(cipher.seal(key, counter, text, 0, text.length, datagram, 0))
                .isEqualTo(text.length + AesGcm.TAG_BYTES);
        return datagram;
    }

    private int open(Pair pair, SegmentKey key, byte[] datagram, byte[] out, int outAt) {
        AesGcm cipher = pair == Pair.OPENSSL_TO_JAVA ? java : openSsl;
        return cipher.open(key, counter, datagram, 0, datagram.length, out, outAt);
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}
