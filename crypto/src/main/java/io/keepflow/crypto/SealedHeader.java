package io.keepflow.crypto;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The clear, authenticated header of every datagram on the sync link, in network byte order:
 *
 * <pre>
 * offset  bytes
 *      0      1  version, 1
 *      1      1  kind: 0 DATA, 1 CHALLENGE, 2 RESPONSE
 *      2      2  epoch of the cluster key
 *      4     16  boot id of the sender's run
 *     20      8  counter: 1 for the run's first datagram, then one more for each, below 2^48
 *     28      n  ciphertext, as long as the clear text
 *   28+n     16  AES-256-GCM tag over header (as additional data) and ciphertext
 * </pre>
 *
 * The clear text of a CHALLENGE is a nonce (16 bytes) and the boot id of the run that is challenged; that of a RESPONSE is
 * the nonce and the boot id of the challenger.
 */
final class SealedHeader {
    static final int LENGTH = 28;

    static final byte VERSION = 1;

    static final byte DATA = 0;
    static final byte CHALLENGE = 1;
    static final byte RESPONSE = 2;

    private static final int KIND_AT = 1;
    private static final int EPOCH_AT = 2;
    private static final int BOOT_AT = 4;
    private static final int COUNTER_AT = 20;

    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN)
            .withInvokeExactBehavior();
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN)
            .withInvokeExactBehavior();

    private SealedHeader() {}

    static void write(byte[] out, int at, byte kind, int epoch, BootId boot, long counter) {
        out[at] = VERSION;
        out[at + KIND_AT] = kind;
        SHORT.set(out, at + EPOCH_AT, (short) epoch);
        LONG.set(out, at + BOOT_AT, boot.high());
        LONG.set(out, at + BOOT_AT + Long.BYTES, boot.low());
        LONG.set(out, at + COUNTER_AT, counter);
    }

    static byte version(byte[] in, int at) {
        return in[at];
    }

    static byte kind(byte[] in, int at) {
        return in[at + KIND_AT];
    }

    static int epoch(byte[] in, int at) {
        return Short.toUnsignedInt((short) SHORT.get(in, at + EPOCH_AT));
    }

    static long bootHigh(byte[] in, int at) {
        return (long) LONG.get(in, at + BOOT_AT);
    }

    static long bootLow(byte[] in, int at) {
        return (long) LONG.get(in, at + BOOT_AT + Long.BYTES);
    }

    static long counter(byte[] in, int at) {
        return (long) LONG.get(in, at + COUNTER_AT);
    }
}
