package io.keepflow.node.cluster;

import io.keepflow.protocol.FrameWriter;
import io.keepflow.protocol.v1.Frame;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The sending end of the link: numbers delta frames, counts, and survives a network that refuses a datagram. */
final class Outlet {
    /** Delta frames that may be under way to the slowest peer; a closed window only makes the dirty set larger. */
    static final int WINDOW_FRAMES = 1024;

    /** More than a step of a differential takes beside what fills its datagram. */
    static final int STEP_BYTES = 64;

    /** Datagrams that may leave from one tick to the next outside the window, beside heartbeats: some 4 MB/s. */
    private static final int ALLOWANCE = 64;

    private static final Logger LOG = LoggerFactory.getLogger(Outlet.class);

    private final Link link;
    private final long boot;
    private final Peers peers;
    private final FrameLog log = new FrameLog(2 * WINDOW_FRAMES);
    private final ClusterCounts counts;
    private int allowance = ALLOWANCE;

    Outlet(Link link, long boot, Peers peers, ClusterCounts counts) {
        this.link = link;
        this.boot = boot;
        this.peers = peers;
        this.counts = counts;
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
        return framesUnderWay() < WINDOW_FRAMES;
    }

    /** Delta frames that the slowest peer has not confirmed. */
    long framesUnderWay() {
        return log.sequence() - peers.acknowledgedByAll(log.sequence());
    }

    /** Every {@code 20 ms}: the allowance is filled up. */
    void onTick() {
        allowance = ALLOWANCE;
    }

    /** Whether a datagram may leave outside the window now; if so, it counts. */
    boolean takeAllowance() {
        if (allowance == 0) {
            return false;
        }
        allowance--;
        return true;
    }

    /** Starts the next delta frame in {@code writer}. */
    void begin(FrameWriter writer, long capturedUs, int snapshot) {
        writer.begin(boot, log.sequence() + 1, capturedUs, snapshot);
    }

    /** Sends what {@code writer} holds as the frame that {@link #begin} numbered. */
    void send(FrameWriter writer, long capturedNanos, Traffic traffic) {
        log.sent(writer.deltas(), capturedNanos);
        if (peers.anyTakesPart()) {
            broadcast(writer.array(), writer.length(), traffic, false);
        }
    }

    /** Sends a control message. */
    void send(Frame.Builder message, Traffic traffic) {
        send(message, traffic, false);
    }

    /** Sends a control message that another one follows by itself within a second. */
    void sendFollowed(Frame.Builder message, Traffic traffic) {
        send(message, traffic, true);
    }

    private void send(Frame.Builder message, Traffic traffic, boolean followed) {
        byte[] bytes = message.setBoot(boot).build().toByteArray();
        broadcast(bytes, bytes.length, traffic, followed);
    }

    private void broadcast(byte[] bytes, int length, Traffic traffic, boolean followed) {
        try {
            link.broadcast(bytes, 0, length, followed);
            counts.framesSent.increment();
            counts.bytesSent(traffic).add(length);
        } catch (Link.LinkException e) {
            // The link retransmits what the network drops; what it could not even take, the digests find.
            counts.sendFailures.increment();
            LOG.debug("cannot send {} bytes: {}", length, e.getMessage());
        }
    }
}
