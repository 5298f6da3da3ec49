package io.keepflow.crypto;

import org.jspecify.annotations.Nullable;

/**
 * An admitted run of a peer: the keys of its newest two segments and what was received of it.
 *
 * <p>Receiving threads decrypt at the same time; only looking at and moving the window is serialised.
 */
final class Run {
    private final ClusterKey clusterKey;
    private final BootId boot;
    private final ReplayWindow window;
    private volatile SegmentKey newer;
    private volatile @Nullable SegmentKey older;
    private volatile long lastHeardNanos;

    Run(ClusterKey clusterKey, BootId boot, SegmentKey key, long firstCounter, long nowNanos) {
        this.clusterKey = clusterKey;
        this.boot = boot;
        this.newer = key;
        this.window = new ReplayWindow(firstCounter);
        this.lastHeardNanos = nowNanos;
    }

    BootId boot() {
        return boot;
    }

    long lastHeardNanos() {
        return lastHeardNanos;
    }

    /** The key that {@code counter} was sealed with; derived anew when it is neither the newest nor the one before. */
    SegmentKey keyOf(long counter) {
        int segment = SegmentKey.segmentOf(counter);
        SegmentKey key = newer;
        if (key.segment() == segment) {
            return key;
        }
        key = older;
        return key != null && key.segment() == segment ? key : SegmentKey.derive(clusterKey, boot, segment);
    }

    synchronized boolean isFresh(long counter) {
        return window.isFresh(counter);
    }

    /** Notes an authentic datagram; returns false when another thread has just received the same. */
    synchronized boolean advance(long counter, SegmentKey key, long nowNanos) {
        if (!window.advance(counter)) {
            return false;
        }
        if (key.segment() > newer.segment()) {
            older = newer;
            newer = key;
        }
        lastHeardNanos = nowNanos;
        return true;
    }
}
