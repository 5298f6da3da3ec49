package io.keepflow.node.cluster;

import io.keepflow.protocol.v1.BucketTags;
import java.util.Arrays;
import java.util.BitSet;

/**
 * Flows of some buckets of the key space, each as a short tag: what a receiver holds there, or what an owner does not know. It is
 * filled, then {@link #sort sorted}, and only then looked up in.
 */
final class TaggedBuckets {
    static final int MAX_BITS = 16;

    private final int bits;
    private final BitSet buckets = new BitSet();
    private final BitSet matched = new BitSet();

    /** Bucket in the upper half, tag in the lower. */
    private long[] entries = new long[64];

    private int size;

    /** Of 2^{@code bits} buckets, none yet. */
    TaggedBuckets(int bits) {
        this.bits = bits;
    }

    int bits() {
        return bits;
    }

    /** Tags in all buckets. */
    int size() {
        return size;
    }

    int buckets() {
        return buckets.cardinality();
    }

    void add(int bucket) {
        buckets.set(bucket);
    }

    void add(int bucket, int tag) {
        if (size == entries.length) {
            entries = Arrays.copyOf(entries, size * 2);
        }
        entries[size++] = entry(bucket, tag);
    }

    /** Adds what a peer sent; false, and nothing is added, if it is no proper message or makes more than {@code maxTags}. */
    boolean add(BucketTags from, int maxTags) {
        if (!isProper(from) || from.getTagsCount() > maxTags - size) {
            return false;
        }
        int bucket = 0;
        int tag = 0;
        for (int i = 0; i < from.getGapsCount(); i++) {
            bucket += from.getGaps(i);
            add(bucket);
            for (int n = from.getCounts(i); n > 0; n--) {
                add(bucket, from.getTags(tag++));
            }
        }
        return true;
    }

    private boolean isProper(BucketTags from) {
        if (from.getCountsCount() != from.getGapsCount()) {
            return false;
        }
        long bucket = 0;
        long tags = 0;
        for (int i = 0; i < from.getGapsCount(); i++) {
            bucket += from.getGaps(i) & 0xffffffffL;
            tags += from.getCounts(i) & 0xffffffffL;
            if (bucket >= 1L << bits) {
                return false;
            }
        }
        return tags == from.getTagsCount();
    }

    void sort() {
        Arrays.sort(entries, 0, size);
    }

    /** Whether any bucket is in both; none is if they are not of the same size. */
    boolean shares(TaggedBuckets other) {
        return bits == other.bits && buckets.intersects(other.buckets);
    }

    boolean has(int bucket) {
        return buckets.get(bucket);
    }

    /** Whether the bucket has the tag; if so, it counts as {@link #isMatched matched} wherever it stands. */
    boolean match(int bucket, int tag) {
        long wanted = entry(bucket, tag);
        int found = Arrays.binarySearch(entries, 0, size, wanted);
        if (found < 0) {
            return false;
        }
        int from = found;
        while (from > 0 && entries[from - 1] == wanted) {
            from--;
        }
        for (int i = from; i < size && entries[i] == wanted; i++) {
            matched.set(i);
        }
        return true;
    }

    boolean isMatched(int index) {
        return matched.get(index);
    }

    /** The first bucket from this one on, or -1. */
    int nextBucket(int from) {
        return buckets.nextSetBit(from);
    }

    int bucketAt(int index) {
        return (int) (entries[index] >>> 32);
    }

    int tagAt(int index) {
        return (int) entries[index];
    }

    private static long entry(int bucket, int tag) {
        return (long) bucket << 32 | (tag & 0xffffffffL);
    }
}
