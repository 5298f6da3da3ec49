package io.keepflow.crypto;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.spec.AlgorithmParameterSpec;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;

/** HKDF-SHA256 (RFC 5869) without a salt: what this package derives from the cluster key. */
final class Hkdf {
    private Hkdf() {}

    static byte[] expand(byte[] secret, byte[] info, int lengthBytes) {
        AlgorithmParameterSpec spec =
                HKDFParameterSpec.ofExtract().addIKM(secret).thenExpand(info, lengthBytes);
        try {
            return KDF.getInstance("HKDF-SHA256").deriveData(spec);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java runtime lacks HKDF-SHA256; use JDK 25 or newer", e);
        }
    }

    /** The info of a derivation: its purpose, a zero byte, the epoch in two bytes, and what else it depends on. */
    static byte[] info(String purpose, int epoch, byte... more) {
        byte[] label = purpose.getBytes(StandardCharsets.US_ASCII);
        byte[] info = new byte[label.length + 3 + more.length];
        ByteBuffer.wrap(info).put(label).put((byte) 0).putShort((short) epoch).put(more);
        return info;
    }
}
