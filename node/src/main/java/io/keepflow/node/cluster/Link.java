package io.keepflow.node.cluster;

import java.util.List;

/**
 * The sync link as the replication sees it: reliable, ordered-per-sender broadcast among members that appear and vanish.
 *
 * <p>A broadcast reaches every member of the view in which it was sent, but not its sender, in the order of sending, and
 * sealed. Nothing is said of the order between two senders.
 */
public interface Link extends AutoCloseable {
    /** Joins the cluster; from now on {@code listener} is called, on threads of the link or the event loop that it was given. */
    void start(Listener listener) throws Exception;

    MemberId self();

    /** Bytes of payload that travel in one datagram of the link's MTU. */
    int maxPayload();

    /**
     * Sends to all other members. Copies {@code payload} before it returns; does not wait for any receiver.
     *
     * @param followed whether another one follows by itself within a second, so that nobody need be told that this one is missing
     * @throws LinkException when the link is closed or the network refused the datagram
     */
    void broadcast(byte[] payload, int offset, int length, boolean followed);

    /** One that nothing may follow. */
    default void broadcast(byte[] payload, int offset, int length) {
        broadcast(payload, offset, length, false);
    }

    @Override
    void close();

    /** What a link tells its owner. */
    interface Listener {
        /** One broadcast of {@code sender}; the bytes are valid only during the call. */
        void onMessage(MemberId sender, byte[] payload, int offset, int length);

        /** The members that are now reachable, this one included. Called first before any message of a new member. */
        void onView(List<MemberId> members);
    }

    /** The link could not send. */
    class LinkException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public LinkException(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
