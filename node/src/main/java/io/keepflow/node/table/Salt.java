package io.keepflow.node.table;

/** Shortens hashes to 32 bits, in another way for each salt: two that are told apart by one salt in 2^32 are not by the next. */
public final class Salt {
    private final long salt;

    /** The salt of one attempt of one node to find what differs. */
    public Salt(long boot, int round) {
        salt = Hash.mix(boot ^ Hash.mix(round));
    }

    int shorten(long hash) {
        return (int) (Hash.mix(hash ^ salt) >>> 32);
    }
}
