package io.keepflow.node.cluster;

import io.keepflow.protocol.FrameWriter;
import io.keepflow.protocol.v1.Frame;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The sending end of the link: numbers delta frames, counts, and survives a network that refuses a datagram. */
final class Outlet {
    /** Delta frames that may be under way to the slowest peer; a closed window only makes the dirty set larger. */
    static final int WINDOW_FRAMES = 1024;

    private static final Logger LOG = LoggerFactory.getLogger(Outlet.class);

    private final Link link;
    private final long boot;
    private final Peers peers;
    private final FrameLog log = new FrameLog(2 * WINDOW_FRAMES);
    private final LongAdder framesSent;
    private final LongAdder sendFailures;

    Outlet(Link link, long boot, Peers peers, ClusterCounts counts) {
        this.link = link;
        this.boot = boot;
        this.peers = peers;
        this.framesSent = counts.framesSent;
        this.sendFailures = counts.sendFailures;
    }

    FrameLog log() {
        return log;
    }

    long boot() {
        return boot;
    }

    int maxPayload() {
        return link.maxPayload();
    }

    FrameWriter newWriter() {
        return new FrameWriter(link.maxPayload());
    }

    /** Whether a broadcast reaches anybody that takes part. */
    boolean anybodyListens() {
        return peers.anyTakesPart();
    }

    boolean isOpen() {
        return log.sequence() - peers.acknowledgedByAll(log.sequence()) < WINDOW_FRAMES;
    }

    /** Starts the next delta frame in {@code writer}. */
    void begin(FrameWriter writer, long capturedUs, int snapshot) {
        writer.begin(boot, log.sequence() + 1, capturedUs, snapshot);
    }

    /** Sends what {@code writer} holds as the frame that {@link #begin} numbered. */
    void send(FrameWriter writer, long capturedNanos) {
        log.sent(writer.deltas(), capturedNanos);
        if (peers.anyTakesPart()) {
            broadcast(writer.array(), writer.length());
        }
    }

    /** Sends a control message. */
    void send(Frame.Builder message) {
        byte[] bytes = message.setBoot(boot).build().toByteArray();
        broadcast(bytes, bytes.length);
    }

    private void broadcast(byte[] bytes, int length) {
        try {
            link.broadcast(bytes, 0, length);
            framesSent.increment();
        } catch (Link.LinkException e) {
            // The link retransmits what the network drops; what it could not even take, the digests find.
            sendFailures.increment();
            LOG.debug("cannot send {} bytes: {}", length, e.getMessage());
        }
    }
}
