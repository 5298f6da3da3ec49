package io.keepflow.crypto;

/**
 * Which of a run's newest 8192 counters have been received; every older one counts as received. The bitmap is a ring of
 * words that is cleared word by word as the window moves on (RFC 6479). Not thread-safe.
 */
final class ReplayWindow {
    static final int WIDTH = 8192;

    private static final int WORD_SHIFT = 6;

    /** A power of two that holds more than the window, since both its ends lie within a word. */
    private static final int WORDS = WIDTH / Long.SIZE * 2;

    private static final int WORD_MASK = WORDS - 1;

    private final long[] received = new long[WORDS];
    private final long floor;
    private long highest;

    /** A window in which {@code first} and everything before it has been received. */
    ReplayWindow(long first) {
        floor = first;
        highest = first;
    }

    boolean isFresh(long counter) {
        if (counter > highest) {
            return true;
        }
        return counter > floor && highest - counter < WIDTH && (received[word(counter)] & bit(counter)) == 0;
    }

    /** Notes that {@code counter} was received; returns false when it was not fresh. */
    boolean advance(long counter) {
        if (!isFresh(counter)) {
            return false;
        }
        if (counter > highest) {
            clearBetween(highest, counter);
            highest = counter;
        }
        received[word(counter)] |= bit(counter);
        return true;
    }

    private void clearBetween(long from, long to) {
        long words = Math.min((to >>> WORD_SHIFT) - (from >>> WORD_SHIFT), WORDS);
        for (long i = 1; i <= words; i++) {
            received[(int) ((from >>> WORD_SHIFT) + i) & WORD_MASK] = 0;
        }
    }

    private static int word(long counter) {
        return (int) (counter >>> WORD_SHIFT) & WORD_MASK;
    }

    private static long bit(long counter) {
        return 1L << counter;
    }
}
