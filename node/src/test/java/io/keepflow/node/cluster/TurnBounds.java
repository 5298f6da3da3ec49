package io.keepflow.node.cluster;

import io.keepflow.node.cluster.SimulatedCluster.Node;

/**
 * Between two looks at the kernel's events a node does a bounded amount of work, whatever waits, and nothing that waits outgrows
 * its bound: so nothing ever keeps it from capturing.
 */
final class TurnBounds {
    /** What one turn of the publisher, the injector and the inbox may come to at most, with what they flush. */
    private static final int PUBLISHED = 4096;

    private static final int REQUESTS = 3 * 2048;
    private static final int FRAMES = 256;

    /** The window, and the frame that was being filled when it closed. */
    private static final int UNDER_WAY = Outlet.WINDOW_FRAMES + 1;

    private static final long INBOX_BYTES = 64L << 20;

    private final Node node;
    private long published;
    private long requests;
    private long frames;

    TurnBounds(Node node) {
        this.node = node;
    }

    void begin() {
        published = node.counts.published.sum();
        requests = node.kernel.requests;
        frames = node.counts.framesReceived.sum();
    }

    void end() {
        hold("flows published in a turn", node.counts.published.sum() - published, PUBLISHED);
        hold("requests in a turn", node.kernel.requests - requests, REQUESTS);
        hold("frames taken in in a turn", node.counts.framesReceived.sum() - frames, FRAMES);
        hold("flows to publish", node.table.toPublish().size(), node.table.size());
        hold("flows to inject", node.table.toInject().size(), node.table.size());
        hold("frames under way", node.replicator.framesUnderWay(), UNDER_WAY);
        hold("bytes that wait to be taken in", node.replicator.inboxBytes(), INBOX_BYTES);
    }

    private void hold(String what, long is, long bound) {
        if (is > bound) {
            throw new AssertionError("bounds: %s at %s: %d, at most %d".formatted(what, node.name, is, bound));
        }
    }
}
