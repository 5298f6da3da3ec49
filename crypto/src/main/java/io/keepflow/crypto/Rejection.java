package io.keepflow.crypto;

/** Why a datagram was not opened. */
public enum Rejection {
    /** Shorter than a header and a tag. */
    TRUNCATED(-1),
    /** Longer than a datagram can be, or than the receiver's buffer. */
    OVERSIZED(-2),
    /** Another version of the header, or a kind that this version does not have. */
    VERSION(-3),
    /** Not authentic: sealed with another cluster key or epoch, tampered with, or no datagram of ours at all. */
    KEY(-4),
    /** Authentic, but received before or too old to tell. */
    REPLAY(-5),
    /** Authentic, but of a run that has not yet shown that it lives now; normal for the first datagrams of a new member. */
    NOT_ADMITTED(-6),
    /** This run's own datagram, which multicast brought back; not an error. */
    SELF(-7);

    private static final Rejection[] ALL = values();

    private final int result;

    Rejection(int result) {
        this.result = result;
    }

    /** The reason behind a negative result of {@link Opener#open}. */
    public static Rejection of(int result) {
        if (result >= 0 || -result > ALL.length) {
            throw new IllegalArgumentException(result + " is no rejection");
        }
        return ALL[-result - 1];
    }

    /** Whether a healthy cluster has it as well, so that it says nothing to an operator. */
    public boolean isNormal() {
        return this == NOT_ADMITTED || this == SELF;
    }

    /** The negative number that stands for this reason. */
    int result() {
        return result;
    }
}
