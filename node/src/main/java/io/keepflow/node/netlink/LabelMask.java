package io.keepflow.node.netlink;

import java.math.BigInteger;

/**
 * Which of the 128 conntrack labels are read and restored, as the big-endian halves of {@code CTA_LABELS}. None by default: out of
 * the tree there are kernel modules that keep pointers in them.
 */
public record LabelMask(long high, long low) {
    public static final LabelMask NONE = new LabelMask(0, 0);

    static final int BYTES = 16;

    /** The mask of the labels whose bits are set. In the kernel label {@code n} is bit {@code n % 8} of byte {@code n / 8}. */
    public static LabelMask of(BigInteger labels) {
        long high = 0;
        long low = 0;
        for (int label = 0; label < Byte.SIZE * BYTES; label++) {
            long bit = labels.testBit(label) ? 1L << (56 - (label % 64 & ~7) + label % 8) : 0;
            high |= label < 64 ? bit : 0;
            low |= label < 64 ? 0 : bit;
        }
        return new LabelMask(high, low);
    }

    boolean isNone() {
        return (high | low) == 0;
    }
}
