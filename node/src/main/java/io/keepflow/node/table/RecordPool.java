package io.keepflow.node.table;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Off-heap records of one size, numbered from 0, in pages that are allocated as more are used; what is given back is used again. */
final class RecordPool {
    private static final int PAGE_BITS = 12;
    private static final int PAGE_MASK = (1 << PAGE_BITS) - 1;
    private static final int CACHE_LINE_BYTES = 64;

    private final int recordBytes;
    private final Arena arena = Arena.ofAuto();
    private MemorySegment[] pages = new MemorySegment[1];
    private int[] freeRecords = new int[1 << 4];
    private int free;
    private int used;

    RecordPool(int recordBytes) {
        this.recordBytes = recordBytes;
    }

    /** A record that nobody has, as whoever had it last left it, or zeros. */
    int take() {
        if (free > 0) {
            return freeRecords[--free];
        }
        int page = used >>> PAGE_BITS;
        if ((used & PAGE_MASK) == 0) {
            if (page == pages.length) {
                pages = Arrays.copyOf(pages, 2 * page);
            }
            pages[page] = arena.allocate((long) recordBytes << PAGE_BITS, CACHE_LINE_BYTES);
        }
        return used++;
    }

    void giveBack(int record) {
        if (free == freeRecords.length) {
            freeRecords = Arrays.copyOf(freeRecords, free * 2);
        }
        freeRecords[free++] = record;
    }

    /** Records below this number have been used. */
    int used() {
        return used;
    }

    /** Where the record is: on this page, from {@link #base} on. */
    MemorySegment page(int record) {
        return pages[record >>> PAGE_BITS];
    }

    long base(int record) {
        return (long) (record & PAGE_MASK) * recordBytes;
    }
}
