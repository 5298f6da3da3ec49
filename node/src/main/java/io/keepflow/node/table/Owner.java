package io.keepflow.node.table;

/**
 * One run of one node, as the owner of flows: how many it has, how many of them it has published, and their digest.
 *
 * <p>The digest is the sum of a hash of identity and version over the published flows. Owner and receivers keep it as they go,
 * so at any point of the owner's stream two equal digests mean two equal sets of flows and versions. It is also kept by bucket,
 * to find where two sets differ.
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
    private final BucketDigests buckets = new BucketDigests();

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

    /** The digest of the flows of one of 2^{@code bits} buckets (at most {@value BucketDigests#BITS} bits), shortened. */
    public int digest(int bits, int bucket, Salt salt) {
        return salt.shorten(buckets.sum(bits, bucket));
    }

    void enter(long keyDigest, long version) {
        flows++;
        if (version != 0) {
            published++;
            count(keyDigest, Hash.state(keyDigest, version));
        }
    }

    void leave(long keyDigest, long version) {
        flows--;
        if (version != 0) {
            published--;
            count(keyDigest, -Hash.state(keyDigest, version));
            if (published == 0 && forgotten) {
                buckets.clear();
            }
        }
    }

    private void count(long keyDigest, long state) {
        digest += state;
        buckets.add(keyDigest, state);
    }
}
