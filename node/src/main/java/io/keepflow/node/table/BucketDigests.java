package io.keepflow.node.table;

import java.util.Arrays;

/**
 * Sums of hashes by bucket of the key space. There are 2^{@value #BITS} fine buckets, by the highest bits of a key; a coarser
 * one is the sum of those in it. Memory comes in pages, as keys fall into them.
 */
final class BucketDigests {
    static final int BITS = 16;
    private static final int PAGE_BITS = 8;
    private static final int PAGE_SIZE = 1 << PAGE_BITS;

    /** What every page is until something falls into it; never written. */
    private static final long[] ZEROS = new long[PAGE_SIZE];

    private final long[][] pages = new long[1 << (BITS - PAGE_BITS)][];

    BucketDigests() {
        clear();
    }

    @SuppressWarnings("ReferenceEquality") // ZEROS stands for a page that is not there
    void add(long key, long hash) {
        int page = (int) (key >>> (Long.SIZE - BITS + PAGE_BITS));
        if (pages[page] == ZEROS) {
            pages[page] = new long[PAGE_SIZE];
        }
        pages[page][(int) (key >>> (Long.SIZE - BITS)) & (PAGE_SIZE - 1)] += hash;
    }

    /** The sum of one of the 2^{@code bits} buckets. */
    long sum(int bits, int bucket) {
        int size = 1 << (BITS - bits);
        long sum = 0;
        for (int fine = bucket * size; fine < (bucket + 1) * size; fine++) {
            sum += pages[fine >>> PAGE_BITS][fine & (PAGE_SIZE - 1)];
        }
        return sum;
    }

    /** All sums are 0, and take no memory. */
    void clear() {
        Arrays.fill(pages, ZEROS);
    }
}
