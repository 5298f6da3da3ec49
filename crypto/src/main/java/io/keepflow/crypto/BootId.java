package io.keepflow.crypto;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.HexFormat;

/** Sixteen random bytes that name one run of one node; two runs never share a key because they never share this. */
record BootId(long high, long low) {
    static final int LENGTH_BYTES = 16;

    static BootId random() {
        return random(new SecureRandom());
    }

    static BootId random(SecureRandom random) {
        return new BootId(random.nextLong(), random.nextLong());
    }

    static BootId get(ByteBuffer from) {
        return new BootId(from.getLong(), from.getLong());
    }

    void put(ByteBuffer into) {
        into.putLong(high).putLong(low);
    }

    boolean is(long otherHigh, long otherLow) {
        return high == otherHigh && low == otherLow;
    }

    @Override
    public String toString() {
        HexFormat hex = HexFormat.of();
        return hex.toHexDigits(high) + hex.toHexDigits(low);
    }
}
