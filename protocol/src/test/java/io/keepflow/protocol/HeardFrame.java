package io.keepflow.protocol;

import io.keepflow.protocol.testkit.FlowSamples;
import io.keepflow.protocol.v1.Differential;
import io.keepflow.protocol.v1.Expectations;
import io.keepflow.protocol.v1.ExpectationsRequest;
import io.keepflow.protocol.v1.Heartbeat;
import io.keepflow.protocol.v1.Hello;
import io.keepflow.protocol.v1.SnapshotBegin;
import io.keepflow.protocol.v1.SnapshotEnd;
import io.keepflow.protocol.v1.SnapshotRequest;
import java.util.ArrayList;
import java.util.List;

/** Everything that a reader handed out of a frame, in order, as text. */
final class HeardFrame implements FrameReader.Handler {
    final List<String> calls = new ArrayList<>();

    static HeardFrame of(byte[] frame) throws MalformedFrameException {
        HeardFrame heard = new HeardFrame();
        new FrameReader().read(frame, 0, frame.length, heard);
        return heard;
    }

    static String delta(Flow flow, long version) {
        return "delta " + version + " " + FlowSamples.text(flow);
    }

    static String gone(Flow flow, long version) {
        return "gone " + version + " " + FlowSamples.identity(flow);
    }

    @Override
    public void onDeltas(long boot, long sequence, long capturedUs, int snapshot) {
        calls.add("deltas " + boot + " " + sequence + " " + capturedUs + " " + snapshot);
    }

    @Override
    public void onDelta(Flow flow, long version, boolean gone) {
        calls.add(gone ? gone(flow, version) : delta(flow, version));
    }

    @Override
    public void onDeltasEnd() {
        calls.add("end");
    }

    @Override
    public void onHello(long boot, Hello hello) {
        calls.add(boot + " " + hello);
    }

    @Override
    public void onHeartbeat(long boot, Heartbeat heartbeat) {
        calls.add(boot + " " + heartbeat);
    }

    @Override
    public void onSnapshotRequest(long boot, SnapshotRequest request) {
        calls.add(boot + " " + request);
    }

    @Override
    public void onSnapshotBegin(long boot, SnapshotBegin begin) {
        calls.add(boot + " " + begin);
    }

    @Override
    public void onSnapshotEnd(long boot, SnapshotEnd end) {
        calls.add(boot + " " + end);
    }

    @Override
    public void onExpectations(long boot, Expectations expectations) {
        calls.add(boot + " " + expectations);
    }

    @Override
    public void onExpectationsRequest(long boot, ExpectationsRequest request) {
        calls.add(boot + " " + request);
    }

    @Override
    public void onDifferential(long boot, Differential step) {
        calls.add(boot + " " + step);
    }
}
