package io.keepflow.node.netlink;

import io.keepflow.protocol.Expectation;
import io.keepflow.protocol.Flow;

/** What comes from the kernel, on the event loop's thread. */
public interface FlowListener {
    /**
     * One event, or one entry of a dump.
     *
     * @param flow reused: valid during the call only
     * @param portId {@code nlmsg_pid} of the socket whose request caused the event; 0 for traffic and expiry
     */
    void onFlow(EventType type, Flow flow, int portId);

    /** One event about an expectation, or one of a dump of them. */
    default void onExpectation(EventType type, Expectation expectation, int portId) {}

    /** The labels that the listener wants to see. */
    default LabelMask labels() {
        return LabelMask.NONE;
    }

    /** A message was dropped because it is not what the kernel writes; the stream goes on. */
    void onMalformed(String reason);

    /** {@code ENOBUFS}: the receive buffer was full and events are lost. Reading goes on. */
    default void onOverrun() {}

    /** The end of one burst of reading: the socket is empty, or the burst has reached its bound. */
    default void onDrained() {}

    /** A dump is complete. */
    default void onEnd() {}

    /** A dump failed ({@link NetlinkException#isInterrupted()} tells an inconsistent one apart), or the socket died. */
    default void onFailed(NetlinkException e) {}
}
