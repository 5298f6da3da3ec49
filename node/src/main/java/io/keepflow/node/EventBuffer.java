package io.keepflow.node;

import io.keepflow.node.netlink.ConntrackEvents;
import io.keepflow.node.netlink.NetlinkException;
import io.keepflow.node.time.Clock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The kernel's buffer for events that this node has not read yet: larger after each overrun, up to a limit. */
final class EventBuffer {
    private static final Logger LOG = LoggerFactory.getLogger(EventBuffer.class);
    private static final long NEVER = -1;

    private final Clock clock;
    private final int maxBytes;
    private volatile @Nullable ConntrackEvents events;
    private volatile long lastOverrunNanos = NEVER;

    EventBuffer(Clock clock, int maxBytes) {
        this.clock = clock;
        this.maxBytes = maxBytes;
    }

    void of(ConntrackEvents subscription) {
        events = subscription;
    }

    /** It has overflown; returns what happened to it, as a part of a sentence, or nothing. On the node's thread. */
    String overrun() {
        lastOverrunNanos = clock.nanos();
        ConntrackEvents socket = events;
        try {
            if (socket != null && socket.grow(maxBytes)) {
                return "its buffer now has " + (socket.receiveBufferBytes() >> 20) + " MiB, and ";
            }
        } catch (NetlinkException e) {
            LOG.warn("cannot enlarge the buffer for kernel events: {}", e.getMessage());
        }
        return "";
    }

    /** Its size now; 0 before there is one. From any thread, as the following. */
    long bytes() {
        ConntrackEvents socket = events;
        return socket == null ? 0 : socket.receiveBufferBytes();
    }

    /** Nanoseconds since it last overflowed, or a negative number if it never did. */
    long nanosSinceOverrun() {
        long last = lastOverrunNanos;
        return last == NEVER ? NEVER : clock.nanos() - last;
    }
}
