package io.keepflow.node.netlink;

import io.keepflow.protocol.Flow;
import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A dump of some parts of the conntrack table, one after the other. Ends by itself: the listener hears {@code onEnd} or {@code
 * onFailed} exactly once, unless it was closed before.
 */
public final class ScopedDump implements AutoCloseable {
    private final EventLoop loop;
    private final FlowListener listener;
    private final Deque<Part> parts = new ArrayDeque<>();
    private final Part whole;
    private @Nullable FlowChannel channel;
    private boolean closed;

    private ScopedDump(EventLoop loop, Part whole, FlowListener listener) {
        this.loop = loop;
        this.whole = whole;
        this.listener = listener;
    }

    /**
     * Asks for these parts of the table, one after the other; for all of it if the kernel does not know how to leave something out
     * (before Linux 5.8).
     */
    public static ScopedDump start(EventLoop loop, List<DumpScope> scopes, FlowListener listener)
            throws NetlinkException {
        FlowChannel.requireNetlink(loop);
        ScopedDump dump = new ScopedDump(loop, new Part(DumpScope.ALL.getFirst()), listener);
        try {
            for (DumpScope scope : scopes) {
                dump.parts.add(new Part(scope));
            }
            dump.next();
            return dump;
        } catch (NetlinkException | RuntimeException e) {
            dump.closeSockets();
            throw e;
        }
    }

    /** Starts the next part; false if there is none. */
    private synchronized boolean next() throws NetlinkException {
        Part part = closed ? null : parts.poll();
        if (part == null) {
            closeSockets();
            return false;
        }
        try {
            channel = part.start(loop, new Told(part));
            return true;
        } catch (NetlinkException | RuntimeException e) {
            part.close();
            throw e;
        }
    }

    private synchronized void closeSockets() {
        parts.forEach(Part::close);
        parts.clear();
        whole.close();
    }

    /** Gives the dump up; the listener hears no more of it. */
    @Override
    public void close() {
        FlowChannel current;
        synchronized (this) {
            closed = true;
            closeSockets();
            current = channel;
        }
        if (current != null) {
            current.close();
        }
    }

    /** A scope with its socket, which is opened at once, for it belongs to the namespace of the thread that opens it. */
    private static final class Part {
        private final DumpScope scope;
        private final NetlinkSocket socket;
        private boolean started;

        Part(DumpScope scope) throws NetlinkException {
            this.scope = scope;
            socket = NetlinkSocket.open();
        }

        FlowChannel start(EventLoop loop, FlowListener listener) throws NetlinkException {
            FlowChannel channel = ConntrackDump.attach(socket, scope, loop, listener);
            started = true;
            return channel;
        }

        /** A socket that was started belongs to its channel. */
        void close() {
            if (!started) {
                started = true;
                socket.close();
            }
        }
    }

    /** Passes on what one part says, but for its end, which is the whole's only if it is the last. */
    private final class Told implements FlowListener {
        private final Part part;
        private boolean silent = true;

        Told(Part part) {
            this.part = part;
        }

        @Override
        public void onFlow(EventType type, Flow flow, int portId) {
            silent = false;
            listener.onFlow(type, flow, portId);
        }

        @Override
        public LabelMask labels() {
            return listener.labels();
        }

        @Override
        public void onMalformed(String reason) {
            listener.onMalformed(reason);
        }

        @Override
        public void onOverrun() {
            listener.onOverrun();
        }

        @Override
        public void onDrained() {
            listener.onDrained();
        }

        @Override
        public void onEnd() {
            goOn();
        }

        /** A kernel that does not know the attributes says so before anything else. */
        @Override
        public void onFailed(NetlinkException e) {
            boolean isRefused = e.errno() == Errno.EINVAL || e.errno() == Errno.EOPNOTSUPP;
            if (isRefused && silent && part != whole) {
                synchronized (ScopedDump.this) {
                    parts.forEach(Part::close);
                    parts.clear();
                    parts.add(whole);
                }
                goOn();
            } else {
                closeSockets();
                listener.onFailed(e);
            }
        }

        private void goOn() {
            try {
                if (!next() && !isClosed()) {
                    listener.onEnd();
                }
            } catch (NetlinkException e) {
                closeSockets();
                listener.onFailed(e);
            }
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }
}
