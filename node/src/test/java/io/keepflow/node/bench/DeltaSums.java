package io.keepflow.node.bench;

import io.keepflow.protocol.Flow;
import io.keepflow.protocol.FrameReader;
import io.keepflow.protocol.v1.Differential;
import io.keepflow.protocol.v1.Expectations;
import io.keepflow.protocol.v1.ExpectationsRequest;
import io.keepflow.protocol.v1.Heartbeat;
import io.keepflow.protocol.v1.Hello;
import io.keepflow.protocol.v1.SnapshotBegin;
import io.keepflow.protocol.v1.SnapshotEnd;
import io.keepflow.protocol.v1.SnapshotRequest;

/** Adds up what frames of deltas say; takes no other frames. */
final class DeltaSums implements FrameReader.Handler {
    private long deltas;
    private long gone;
    private long ports;

    long deltas() {
        return deltas;
    }

    long gone() {
        return gone;
    }

    /** Sum of the source ports. */
    long ports() {
        return ports;
    }

    @Override
    public void onDeltas(long boot, long sequence, long capturedUs, int snapshot) {}

    @Override
    public void onDelta(Flow flow, long version, boolean isGone) {
        deltas++;
        gone += isGone ? 1 : 0;
        ports += flow.original.l4Src;
    }

    @Override
    public void onDeltasEnd() {}

    @Override
    public void onHello(long boot, Hello hello) {
        throw noDeltas();
    }

    @Override
    public void onHeartbeat(long boot, Heartbeat heartbeat) {
        throw noDeltas();
    }

    @Override
    public void onSnapshotRequest(long boot, SnapshotRequest request) {
        throw noDeltas();
    }

    @Override
    public void onSnapshotBegin(long boot, SnapshotBegin begin) {
        throw noDeltas();
    }

    @Override
    public void onSnapshotEnd(long boot, SnapshotEnd end) {
        throw noDeltas();
    }

    @Override
    public void onExpectations(long boot, Expectations expectations) {
        throw noDeltas();
    }

    @Override
    public void onExpectationsRequest(long boot, ExpectationsRequest request) {
        throw noDeltas();
    }

    @Override
    public void onDifferential(long boot, Differential step) {
        throw noDeltas();
    }

    private static IllegalStateException noDeltas() {
        return new IllegalStateException("a frame of something else than deltas");
    }
}
