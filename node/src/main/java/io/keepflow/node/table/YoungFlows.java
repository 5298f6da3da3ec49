package io.keepflow.node.table;

import java.util.Arrays;

/** Slots of flows in the order of their birth, until they are old enough: a list through slot numbers, never longer than the table. */
public final class YoungFlows {
    private static final int NONE = -1;
    private static final int ABSENT = -2;

    private int[] older = new int[0];
    private int[] younger = new int[0];
    private long[] bornNanos = new long[0];
    private int oldest = NONE;
    private int youngest = NONE;

    /** The flow of this slot begins now, whatever was in the slot before. */
    public void add(int slot, long nanos) {
        remove(slot);
        ensure(slot);
        older[slot] = youngest;
        younger[slot] = NONE;
        bornNanos[slot] = nanos;
        if (youngest == NONE) {
            oldest = slot;
        } else {
            younger[youngest] = slot;
        }
        youngest = slot;
    }

    /** The flow ended, or is old enough. */
    public void remove(int slot) {
        if (!contains(slot)) {
            return;
        }
        if (older[slot] == NONE) {
            oldest = younger[slot];
        } else {
            younger[older[slot]] = younger[slot];
        }
        if (younger[slot] == NONE) {
            youngest = older[slot];
        } else {
            older[younger[slot]] = older[slot];
        }
        older[slot] = ABSENT;
    }

    public boolean contains(int slot) {
        return slot < older.length && older[slot] != ABSENT;
    }

    /** Takes the oldest out if it was born before {@code nanos}, or returns -1. */
    public int poll(long nanos) {
        int slot = oldest;
        if (slot == NONE || bornNanos[slot] - nanos >= 0) {
            return NONE;
        }
        remove(slot);
        return slot;
    }

    private void ensure(int slot) {
        int have = older.length;
        if (slot >= have) {
            int length = Math.max(Math.max(slot + 1, have * 2), 1 << 10);
            older = Arrays.copyOf(older, length);
            younger = Arrays.copyOf(younger, length);
            bornNanos = Arrays.copyOf(bornNanos, length);
            Arrays.fill(older, have, length, ABSENT);
        }
    }
}
