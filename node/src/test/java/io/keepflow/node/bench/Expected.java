package io.keepflow.node.bench;

/** What a benchmark must have done: one that does something else measures nothing. */
public final class Expected {
    private Expected() {}

    /** Fails the benchmark unless what it counted is what it had to do. */
    public static void same(String what, long counted, long expected) {
        if (counted != expected) {
            throw new IllegalStateException(what + ": " + counted + " where " + expected + " were expected");
        }
    }
}
