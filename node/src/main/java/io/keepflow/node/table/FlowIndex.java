package io.keepflow.node.table;

/**
 * Hash index from identity to slot: open addressing, linear probing, deletion by shifting back. An entry is the upper half of
 * the hash beside the slot, so a probe touches the records only where both halves agree.
 */
final class FlowIndex {
    /** Tells whether the record in a slot is the wanted one. */
    interface Match {
        boolean matches(int slot);
    }

    private static final long EMPTY = 0;

    private long[] entries = new long[1 << 10];
    private int size;

    /** The slot of a record with this hash for which {@code match} holds, or -1. */
    int find(int hash, Match match) {
        int mask = entries.length - 1;
        for (int i = hash & mask; entries[i] != EMPTY; i = (i + 1) & mask) {
            long entry = entries[i];
            if ((int) (entry >>> 32) == hash && match.matches(slotOf(entry))) {
                return slotOf(entry);
            }
        }
        return -1;
    }

    void add(int hash, int slot) {
        if (size >= entries.length - (entries.length >>> 2)) {
            grow();
        }
        put(entries, ((long) hash << 32) | ((slot + 1) & 0xffffffffL));
        size++;
    }

    void remove(int hash, int slot) {
        int mask = entries.length - 1;
        int hole = hash & mask;
        while (slotOf(entries[hole]) != slot) {
            if (entries[hole] == EMPTY) {
                throw new IllegalStateException("slot " + slot + " is not in the index");
            }
            hole = (hole + 1) & mask;
        }
        for (int i = (hole + 1) & mask; entries[i] != EMPTY; i = (i + 1) & mask) {
            int home = (int) (entries[i] >>> 32) & mask;
            if (((i - home) & mask) >= ((i - hole) & mask)) {
                entries[hole] = entries[i];
                hole = i;
            }
        }
        entries[hole] = EMPTY;
        size--;
    }

    int size() {
        return size;
    }

    private void grow() {
        long[] larger = new long[entries.length * 2];
        for (long entry : entries) {
            if (entry != EMPTY) {
                put(larger, entry);
            }
        }
        entries = larger;
    }

    private static void put(long[] into, long entry) {
        int mask = into.length - 1;
        int i = (int) (entry >>> 32) & mask;
        while (into[i] != EMPTY) {
            i = (i + 1) & mask;
        }
        into[i] = entry;
    }

    private static int slotOf(long entry) {
        return (int) entry - 1;
    }
}
