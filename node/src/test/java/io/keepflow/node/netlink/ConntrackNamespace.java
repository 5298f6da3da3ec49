package io.keepflow.node.netlink;

import io.keepflow.node.filter.Selection;
import io.keepflow.node.testkit.NetworkNamespace;
import io.keepflow.protocol.Flow;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A fresh namespace whose conntrack reports every event, with an event loop and a request socket in it. */
final class ConntrackNamespace implements AutoCloseable {
    final NetworkNamespace namespace;
    final ConntrackRequests requests;
    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NetlinkIoHandler.newFactory());

    ConntrackNamespace() throws Exception {
        namespace = NetworkNamespace.create("kfnl");
        namespace.exec("sysctl", "-qw", "net.netfilter.nf_conntrack_events=1");
        requests = namespace.call(ConntrackRequests::open);
    }

    EventLoop loop() {
        return group.next();
    }

    ConntrackEvents events(FlowListener listener, int receiveBufferBytes, int... ignoredPortIds) throws Exception {
        return namespace.call(
                () -> ConntrackEvents.open(loop(), receiveBufferBytes, ignoredPortIds, Selection.EVERYTHING, listener));
    }

    /** With a ring of so many bytes, or none. */
    ConntrackEvents ringOf(int ringBytes, FlowListener listener, int receiveBufferBytes, int... ignoredPortIds)
            throws Exception {
        return namespace.call(() -> ConntrackEvents.open(
                loop(), receiveBufferBytes, ignoredPortIds, Selection.EVERYTHING, listener, ringBytes));
    }

    ConntrackEvents events(FlowListener listener, Selection selection) throws Exception {
        return namespace.call(() -> ConntrackEvents.open(loop(), 1 << 20, new int[0], selection, listener));
    }

    ConntrackEvents unmoderatedEvents(FlowListener listener, int receiveBufferBytes) throws Exception {
        return namespace.call(
                () -> ConntrackEvents.openUnmoderated(loop(), receiveBufferBytes, Selection.EVERYTHING, listener));
    }

    ScopedDump dump(FlowListener listener, List<DumpScope> scopes) throws Exception {
        return namespace.call(() -> ScopedDump.start(loop(), scopes, listener));
    }

    ConntrackDump dump(FlowListener listener) throws Exception {
        return namespace.call(() -> ConntrackDump.start(loop(), listener));
    }

    /** The whole table. */
    List<Flow> table() throws Exception {
        RecordingListener listener = new RecordingListener();
        try (ConntrackDump dump = dump(listener)) {
            listener.awaitEnd();
        }
        listener.assertNothingMalformed();
        return listener.flows();
    }

    /** Sends one request and returns its errno. */
    int answer(Request request) throws NetlinkException {
        List<Integer> errnos = new ArrayList<>();
        if (!request.addTo(requests)) {
            throw new AssertionError("the batch was full");
        }
        requests.flush((cookie, errno) -> errnos.add(errno));
        return errnos.getLast();
    }

    @FunctionalInterface
    interface Request {
        boolean addTo(ConntrackRequests requests);
    }

    void onLoop(LoopTask task) throws Exception {
        loop().submit(() -> {
                    task.run();
                    return null;
                })
                .get();
    }

    @FunctionalInterface
    interface LoopTask {
        void run() throws NetlinkException;
    }

    void shutdownLoop() {
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    @Override
    public void close() throws IOException {
        requests.close();
        shutdownLoop();
        namespace.close();
    }
}
