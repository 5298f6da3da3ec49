package io.keepflow.node.table;

import java.util.Arrays;

/**
 * Slots that a sink has still to look at: a slot stands in it at most once, so it never outgrows the table however slow the
 * sink is. Urgent slots come out first, in the order in which they were marked; the others wait behind.
 *
 * <p>A slot that waits as lazy and is then marked urgent moves up. Positions ({@link #urgentTail}, {@link #lazyTail}) only rise,
 * so a caller can tell when everything that was marked before a moment has come out.
 */
public final class DirtySet {
    /** The slot has a place in the urgent ring, or in the lazy one. */
    private static final byte IN_URGENT = 1;

    private static final byte IN_LAZY = 2;

    /** The slot is in the set; without it a place in the lazy ring is stale and is passed over. */
    private static final byte WAITS = 4;

    private final Ring urgent = new Ring();
    private final Ring lazy = new Ring();
    private byte[] states = new byte[1 << 10];
    private int size;
    private long polledNanos;

    /** Marks a slot, at a time in nanoseconds that {@link #oldestNanos} gives back. */
    public void mark(int slot, boolean isUrgent, long nanos) {
        ensure(slot);
        int state = states[slot];
        if ((state & WAITS) == 0) {
            size++;
        }
        if (isUrgent && (state & IN_URGENT) == 0) {
            urgent.add(slot, nanos);
            state |= IN_URGENT;
        } else if (!isUrgent && (state & (IN_URGENT | IN_LAZY)) == 0) {
            lazy.add(slot, nanos);
            state |= IN_LAZY;
        }
        states[slot] = (byte) (state | WAITS);
    }

    /** Takes the next urgent slot out, or -1. */
    public int pollUrgent() {
        if (urgent.isEmpty()) {
            return -1;
        }
        polledNanos = urgent.oldestNanos();
        int slot = urgent.poll();
        states[slot] &= ~(IN_URGENT | WAITS);
        size--;
        passOverStale();
        return slot;
    }

    /** A stale place at the head would pass for the oldest. */
    private void passOverStale() {
        while (!lazy.isEmpty() && (states[lazy.first()] & WAITS) == 0) {
            states[lazy.poll()] &= ~IN_LAZY;
        }
    }

    /** Takes the next lazy slot out that was marked before {@code nanos}, or -1. */
    public int pollLazy(long nanos) {
        while (!lazy.isEmpty() && lazy.oldestNanos() - nanos < 0) {
            polledNanos = lazy.oldestNanos();
            int slot = lazy.poll();
            states[slot] &= ~IN_LAZY;
            if ((states[slot] & (WAITS | IN_URGENT)) == WAITS) {
                states[slot] &= ~WAITS;
                size--;
                passOverStale();
                return slot;
            }
        }
        return -1;
    }

    public boolean contains(int slot) {
        return slot < states.length && (states[slot] & WAITS) != 0;
    }

    public boolean hasUrgent() {
        return !urgent.isEmpty();
    }

    public int size() {
        return size;
    }

    public boolean isEmpty() {
        return size == 0;
    }

    /** When the slot that waits longest was marked; {@code now} if none waits. */
    public long oldestNanos(long now) {
        long oldest = now;
        if (!urgent.isEmpty() && urgent.oldestNanos() - oldest < 0) {
            oldest = urgent.oldestNanos();
        }
        if (!lazy.isEmpty() && lazy.oldestNanos() - oldest < 0) {
            oldest = lazy.oldestNanos();
        }
        return oldest;
    }

    /** When the slot that came out last had been marked. */
    public long polledNanos() {
        return polledNanos;
    }

    /** Position behind the last urgent slot; it has come out when {@link #urgentHead} is at least this. */
    public long urgentTail() {
        return urgent.tail;
    }

    public long urgentHead() {
        return urgent.head;
    }

    public long lazyTail() {
        return lazy.tail;
    }

    public long lazyHead() {
        return lazy.head;
    }

    private void ensure(int slot) {
        if (slot >= states.length) {
            states = Arrays.copyOf(states, Math.max(slot + 1, states.length * 2));
        }
    }

    /** First in, first out, growing as it must. */
    private static final class Ring {
        private int[] slots = new int[1 << 10];
        private long[] nanos = new long[1 << 10];
        private long head;
        private long tail;

        void add(int slot, long at) {
            if (tail - head == slots.length) {
                grow();
            }
            int i = (int) tail & (slots.length - 1);
            slots[i] = slot;
            nanos[i] = at;
            tail++;
        }

        int poll() {
            return slots[(int) head++ & (slots.length - 1)];
        }

        int first() {
            return slots[(int) head & (slots.length - 1)];
        }

        long oldestNanos() {
            return nanos[(int) head & (nanos.length - 1)];
        }

        boolean isEmpty() {
            return head == tail;
        }

        private void grow() {
            int[] moreSlots = new int[slots.length * 2];
            long[] moreNanos = new long[slots.length * 2];
            for (long p = head; p < tail; p++) {
                int from = (int) p & (slots.length - 1);
                int to = (int) p & (moreSlots.length - 1);
                moreSlots[to] = slots[from];
                moreNanos[to] = nanos[from];
            }
            slots = moreSlots;
            nanos = moreNanos;
        }
    }
}
