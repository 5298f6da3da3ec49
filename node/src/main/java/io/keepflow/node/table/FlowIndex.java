package io.keepflow.node.table;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;

/**
 * Hash index from identity to slot: open addressing, linear probing, deletion by shifting back. An entry is the hash beside the
 * slot, so a probe touches the records only where the hashes agree. Off-heap, as the records are: on the heap, what it has
 * outgrown would stay until all of the heap is collected.
 */
final class FlowIndex {
    /** Tells whether the record in a slot is the wanted one. */
    interface Match {
        boolean matches(int slot);
    }

    private static final long EMPTY = 0;

    private static final int FIRST_CAPACITY = 1 << 10;
    private static final Cleaner CLEANER = Cleaner.create();

    private final Memory memory = new Memory();
    private MemorySegment entries = memory.arena.allocate(JAVA_LONG, FIRST_CAPACITY);
    private int mask = FIRST_CAPACITY - 1;
    private int size;

    FlowIndex() {
        CLEANER.register(this, memory::free);
    }

    /** The slot of a record with this hash for which {@code match} holds, or -1. */
    int find(int hash, Match match) {
        int i = hash & mask;
        for (long entry = at(i); entry != EMPTY; entry = at(i)) {
            if (hashOf(entry) == hash && match.matches(slotOf(entry))) {
                return slotOf(entry);
            }
            i = (i + 1) & mask;
        }
        return -1;
    }

    void add(int hash, int slot) {
        int capacity = mask + 1;
        if (size >= capacity - (capacity >>> 2)) {
            grow();
        }
        put(((long) hash << 32) | ((slot + 1) & 0xffffffffL));
        size++;
    }

    void remove(int hash, int slot) {
        int hole = hash & mask;
        while (slotOf(at(hole)) != slot) {
            if (at(hole) == EMPTY) {
                throw new IllegalStateException("slot " + slot + " is not in the index");
            }
            hole = (hole + 1) & mask;
        }
        int i = (hole + 1) & mask;
        for (long entry = at(i); entry != EMPTY; entry = at(i)) {
            int home = hashOf(entry) & mask;
            if (((i - home) & mask) >= ((i - hole) & mask)) {
                at(hole, entry);
                hole = i;
            }
            i = (i + 1) & mask;
        }
        at(hole, EMPTY);
        size--;
    }

    int size() {
        return size;
    }

    private void grow() {
        Arena outgrown = memory.arena;
        MemorySegment before = entries;
        int capacity = mask + 1;
        Arena arena = Arena.ofShared();
        entries = arena.allocate(JAVA_LONG, 2L * capacity);
        mask = 2 * capacity - 1;
        memory.arena = arena;
        for (int i = 0; i < capacity; i++) {
            long entry = before.getAtIndex(JAVA_LONG, i);
            if (entry != EMPTY) {
                put(entry);
            }
        }
        outgrown.close();
    }

    private void put(long entry) {
        int i = hashOf(entry) & mask;
        while (at(i) != EMPTY) {
            i = (i + 1) & mask;
        }
        at(i, entry);
    }

    private long at(int i) {
        return entries.getAtIndex(JAVA_LONG, i);
    }

    private void at(int i, long entry) {
        entries.setAtIndex(JAVA_LONG, i, entry);
    }

    private static int hashOf(long entry) {
        return (int) (entry >>> 32);
    }

    private static int slotOf(long entry) {
        return (int) entry - 1;
    }

    /** Apart from the index, for it is freed when that is gone. */
    private static final class Memory {
        private Arena arena = Arena.ofShared();

        private void free() {
            arena.close();
        }
    }
}
