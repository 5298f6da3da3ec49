package io.keepflow.crypto;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;

/** The cipher of the Java runtime, on heap arrays, which its intrinsics like best. */
final class JavaAesGcm implements AesGcm {
    private final Cipher cipher;
    private final ByteBuffer nonce = ByteBuffer.allocate(NONCE_BYTES);

    JavaAesGcm() {
        try {
            cipher = Cipher.getInstance("AES/GCM/NoPadding");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java runtime lacks AES-GCM", e);
        }
    }

    @Override
    public int seal(SegmentKey key, long counter, byte[] in, int at, int length, byte[] out, int outAt) {
        try {
            init(Cipher.ENCRYPT_MODE, key, counter);
            cipher.updateAAD(out, outAt, SealedHeader.LENGTH);
            return cipher.doFinal(in, at, length, out, outAt + SealedHeader.LENGTH);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM refused to seal " + length + " bytes", e);
        }
    }

    @Override
    public int open(SegmentKey key, long counter, byte[] in, int at, int length, byte[] out, int outAt) {
        try {
            init(Cipher.DECRYPT_MODE, key, counter);
            cipher.updateAAD(in, at, SealedHeader.LENGTH);
            return cipher.doFinal(in, at + SealedHeader.LENGTH, length - SealedHeader.LENGTH, out, outAt);
        } catch (AEADBadTagException e) {
            return -1;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM refused a datagram of " + length + " bytes", e);
        }
    }

    private void init(int mode, SegmentKey key, long counter) throws GeneralSecurityException {
        nonce.putInt(0, key.salt()).putLong(Integer.BYTES, counter);
        cipher.init(mode, key.key(), new GCMParameterSpec(TAG_BYTES * Byte.SIZE, nonce.array()));
    }
}
