package io.keepflow.node.netlink;

/**
 * Which of the 128 conntrack labels are read and restored, as the big-endian halves of {@code CTA_LABELS}. None by default: out of
 * the tree there are kernel modules that keep pointers in them.
 */
public record LabelMask(long high, long low) {
    public static final LabelMask NONE = new LabelMask(0, 0);

    static final int BYTES = 16;

    boolean isNone() {
        return (high | low) == 0;
    }
}
