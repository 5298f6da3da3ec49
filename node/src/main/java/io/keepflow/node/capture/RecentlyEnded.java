package io.keepflow.node.capture;

import java.util.Arrays;

/**
 * Entries whose end was read in the time of this page of a dump or of the one before: a page that was filled before the end shows
 * them still. Bounded; what does not fit makes it unsure for as long.
 */
final class RecentlyEnded {
    static final int MAX_PER_PAGE = 8192;

    private static final int MASK = 2 * MAX_PER_PAGE - 1;

    private Generation current = new Generation();
    private Generation previous = new Generation();

    /** The next page begins: what ended before the last one is in no page any more. */
    void nextPage() {
        Generation oldest = previous;
        previous = current;
        current = oldest;
        current.clear();
    }

    void clear() {
        current.clear();
        previous.clear();
    }

    /** Takes the hash of an entry in. */
    void add(long hash) {
        current.add(hash == 0 ? 1 : hash);
    }

    boolean contains(long hash) {
        long key = hash == 0 ? 1 : hash;
        return current.contains(key) || previous.contains(key);
    }

    /** More ended than it remembers. */
    boolean isUnsure() {
        return current.overflowed || previous.overflowed;
    }

    /** A set of hashes, open addressing; 0 is a free place. */
    private static final class Generation {
        private final long[] hashes = new long[MASK + 1];
        private int size;
        private boolean overflowed;

        void clear() {
            if (size > 0) {
                Arrays.fill(hashes, 0);
                size = 0;
            }
            overflowed = false;
        }

        void add(long hash) {
            int at = place(hash);
            if (hashes[at] == hash) {
                return;
            }
            if (size == MAX_PER_PAGE) {
                overflowed = true;
                return;
            }
            hashes[at] = hash;
            size++;
        }

        boolean contains(long hash) {
            return size > 0 && hashes[place(hash)] == hash;
        }

        private int place(long hash) {
            int at = (int) hash & MASK;
            while (hashes[at] != 0 && hashes[at] != hash) {
                at = at + 1 & MASK;
            }
            return at;
        }
    }
}
