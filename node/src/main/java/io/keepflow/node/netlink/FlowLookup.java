package io.keepflow.node.netlink;

import io.keepflow.protocol.Flow;

/** Looks single entries up in a kernel's table, as they are at that moment: questions gather, {@link #flush} gets the answers. */
public interface FlowLookup {
    /** Asks for the entry with the flow's original tuple and zone; false if the batch is full: flush and ask again. */
    boolean add(Flow flow, long cookie);

    /**
     * Asks the kernel and hands out exactly one answer for each question.
     *
     * @throws NetlinkException when the socket failed; questions without an answer have been answered with its errno
     */
    void flush(Answers answers) throws NetlinkException;

    /** Forgets what was not asked yet. */
    void discard();

    /** What the kernel has. */
    @FunctionalInterface
    interface Answers {
        /**
         * One answer.
         *
         * @param errno 0 if there is an entry, {@code ENOENT} if there is none
         * @param entry the entry that has the tuple, in either direction; reused: valid during the call only, and if there is one
         */
        void onAnswer(long cookie, int errno, Flow entry);
    }
}
