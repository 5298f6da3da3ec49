package io.keepflow.crypto;

/** One thread's AES-256-GCM cipher, reused for every datagram. */
interface AesGcm {
    int TAG_BYTES = 16;

    int NONCE_BYTES = 12;

    /** OpenSSL's, which is the quicker one and leaves no garbage, where the system has it; else that of the Java runtime. */
    static AesGcm create() {
        return OpenSsl.isUsable() ? new OpenSslAesGcm() : new JavaAesGcm();
    }

    /**
     * Encrypts {@code length} bytes from {@code at} behind the header that stands at {@code outAt}; returns the length of ciphertext and
     * tag.
     */
    int seal(SegmentKey key, long counter, byte[] in, int at, int length, byte[] out, int outAt);

    /** Decrypts the datagram at {@code at}; returns the length of the clear text, or -1 when it is not authentic. */
    int open(SegmentKey key, long counter, byte[] in, int at, int length, byte[] out, int outAt);
}
