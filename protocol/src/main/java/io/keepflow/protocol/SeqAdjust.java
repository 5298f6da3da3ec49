package io.keepflow.protocol;

/**
 * How the kernel shifts the sequence numbers of one direction, because it changed the length of what was said ({@code struct
 * nf_ct_seqadj}). Mutable, reused.
 */
public final class SeqAdjust {
    /** The sequence number of the last change. */
    public int position;

    /** What is added before and from {@link #position} on. */
    public int before;

    public int after;

    /** Whether nothing is shifted. */
    public boolean isNone() {
        return before == 0 && after == 0;
    }

    public void clear() {
        position = before = after = 0;
    }

    public void set(SeqAdjust other) {
        position = other.position;
        before = other.before;
        after = other.after;
    }

    public boolean sameAs(SeqAdjust other) {
        return position == other.position && before == other.before && after == other.after;
    }
}
