package io.keepflow.protocol;

import com.google.protobuf.ExtensionRegistryLite;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Parser;
import com.google.protobuf.WireFormat;
import io.keepflow.protocol.v1.Differential;
import io.keepflow.protocol.v1.ExpectationDelta;
import io.keepflow.protocol.v1.Expectations;
import io.keepflow.protocol.v1.ExpectationsRequest;
import io.keepflow.protocol.v1.Heartbeat;
import io.keepflow.protocol.v1.Hello;
import io.keepflow.protocol.v1.SnapshotBegin;
import io.keepflow.protocol.v1.SnapshotEnd;
import io.keepflow.protocol.v1.SnapshotRequest;
import org.jspecify.annotations.Nullable;

/** Reads frames against the schema and checks every value before anyone acts on it. One thread. */
public final class FrameReader {
    /** What a frame says, in the order in which it says it. */
    public interface Handler {
        /** Called first for a delta frame, even one without deltas. {@code snapshot} is 0 for live deltas. */
        void onDeltas(long boot, long sequence, long capturedUs, int snapshot);

        /** One delta; {@code flow} is valid during the call only. */
        void onDelta(Flow flow, long version, boolean gone);

        /** Called after the last delta of a frame. */
        void onDeltasEnd();

        void onHello(long boot, Hello hello);

        void onHeartbeat(long boot, Heartbeat heartbeat);

        void onSnapshotRequest(long boot, SnapshotRequest request);

        void onSnapshotBegin(long boot, SnapshotBegin begin);

        void onSnapshotEnd(long boot, SnapshotEnd end);

        /** Every expectation in it has passed {@link ExpectationCodec#read}. */
        void onExpectations(long boot, Expectations expectations);

        void onExpectationsRequest(long boot, ExpectationsRequest request);

        void onDifferential(long boot, Differential step);
    }

    private final WireReader in = new WireReader();
    private final Flow flow = new Flow();
    private final DeltaReader deltas = new DeltaReader();
    private long boot;
    private long sequence;
    private long capturedUs;
    private int snapshot;

    /**
     * Reads one frame. Nothing of a frame whose framing or values are wrong is handed out: it is read twice, checked first.
     *
     * @throws MalformedFrameException if the frame does not follow the schema
     */
    public void read(byte[] bytes, int offset, int length, Handler handler) throws MalformedFrameException {
        in.begin(bytes, offset, length);
        parse(null);
        in.begin(bytes, offset, length);
        parse(handler);
    }

    private void parse(@Nullable Handler handler) throws MalformedFrameException {
        boot = sequence = capturedUs = snapshot = 0;
        deltas.begin();
        boolean begun = false;
        for (int tag = in.tag(); tag != 0; tag = in.tag()) {
            switch (WireFormat.getTagFieldNumber(tag)) {
                case 1 -> boot = Fields.fixed64(in, tag);
                case 2 -> sequence = Fields.varint(in, tag);
                case 3 -> capturedUs = Fields.fixed64(in, tag);
                case 4 -> snapshot = (int) Fields.varint(in, tag);
                case 5 -> {
                    Hello message = message(tag, Hello.parser());
                    if (handler != null) {
                        handler.onHello(boot, message);
                    }
                }
                case 6 -> {
                    Heartbeat message = message(tag, Heartbeat.parser());
                    if (handler != null) {
                        handler.onHeartbeat(boot, message);
                    }
                }
                case 7 -> {
                    SnapshotRequest message = message(tag, SnapshotRequest.parser());
                    if (handler != null) {
                        handler.onSnapshotRequest(boot, message);
                    }
                }
                case 8 -> {
                    SnapshotBegin message = message(tag, SnapshotBegin.parser());
                    if (handler != null) {
                        handler.onSnapshotBegin(boot, message);
                    }
                }
                case 9 -> {
                    SnapshotEnd message = message(tag, SnapshotEnd.parser());
                    if (handler != null) {
                        handler.onSnapshotEnd(boot, message);
                    }
                }
                case 14 -> {
                    Expectations message = message(tag, Expectations.parser());
                    for (ExpectationDelta delta : message.getExpectationsList()) {
                        var _ = ExpectationCodec.read(delta);
                    }
                    if (handler != null) {
                        handler.onExpectations(boot, message);
                    }
                }
                case 15 -> {
                    ExpectationsRequest message = message(tag, ExpectationsRequest.parser());
                    if (handler != null) {
                        handler.onExpectationsRequest(boot, message);
                    }
                }
                case 10 -> {
                    Differential message = message(tag, Differential.parser());
                    if (handler != null) {
                        handler.onDifferential(boot, message);
                    }
                }
                case 11 -> {
                    begun |= begin(begun, handler);
                    delta(tag, handler);
                }
                default -> in.skip(tag);
            }
        }
        if (boot == 0) {
            throw new MalformedFrameException("frame without the sender's boot");
        }
        if (begun && handler != null) {
            handler.onDeltasEnd();
        }
    }

    private boolean begin(boolean begun, @Nullable Handler handler) throws MalformedFrameException {
        if (begun) {
            return true;
        }
        if (boot == 0 || sequence == 0) {
            throw new MalformedFrameException("deltas before the frame's boot and sequence");
        }
        if (handler != null) {
            handler.onDeltas(boot, sequence, capturedUs, snapshot);
        }
        return true;
    }

    private void delta(int tag, @Nullable Handler handler) throws MalformedFrameException {
        Fields.expect(tag, WireFormat.WIRETYPE_LENGTH_DELIMITED);
        int limit = in.enter(in.length());
        deltas.read(in, flow);
        in.leave(limit);
        if (handler != null) {
            handler.onDelta(flow, deltas.version(), deltas.isGone());
        }
    }

    private <T> T message(int tag, Parser<T> parser) throws MalformedFrameException {
        if (boot == 0) {
            throw new MalformedFrameException("control message before the frame's boot");
        }
        Fields.expect(tag, WireFormat.WIRETYPE_LENGTH_DELIMITED);
        int length = in.length();
        int limit = in.enter(length);
        try {
            T message = parser.parseFrom(in.array(), in.position(), length, ExtensionRegistryLite.getEmptyRegistry());
            in.leave(limit);
            return message;
        } catch (InvalidProtocolBufferException e) {
            throw new MalformedFrameException("control message of " + length + " bytes: " + e.getMessage(), e);
        }
    }
}
