package io.keepflow.node.table;

/**
 * One run of one node, as the owner of flows: how many it has, how many of them it has published, and their digest.
 *
 * <p>The digest is the sum of a hash of identity and version over the published flows. Owner and receivers keep it as they go,
 * so at any point of the owner's stream two equal digests mean two equal sets of flows and versions.
 */
public final class Owner {
    private final int index;
    private final String name;
    private final long boot;
    private boolean alive = true;
    private boolean forgotten;
    private long flows;
    private long published;
    private long digest;

    Owner(int index, String name, long boot) {
        this.index = index;
        this.name = name;
        this.boot = boot;
    }

    /** Place in the {@link Owners}; 0 is nobody, 1 is this node. */
    public int index() {
        return index;
    }

    public String name() {
        return name;
    }

    public long boot() {
        return boot;
    }

    /** Whether the owner is connected, so that what it does not take back still stands. */
    public boolean isAlive() {
        return alive;
    }

    public void alive(boolean alive) {
        this.alive = alive;
    }

    /** Nobody refers to this run any more but the flows that it left. */
    public void forget() {
        alive = false;
        forgotten = true;
    }

    boolean isForgotten() {
        return forgotten;
    }

    public long flows() {
        return flows;
    }

    public long published() {
        return published;
    }

    public long digest() {
        return digest;
    }

    void enter(long keyDigest, long version) {
        flows++;
        if (version != 0) {
            published++;
            digest += mix(keyDigest, version);
        }
    }

    void leave(long keyDigest, long version) {
        flows--;
        if (version != 0) {
            published--;
            digest -= mix(keyDigest, version);
        }
    }

    private static long mix(long keyDigest, long version) {
        return Hash.mix(keyDigest ^ Hash.mix(version));
    }
}
