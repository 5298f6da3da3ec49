package io.keepflow.protocol;

import com.google.protobuf.CodedInputStream;
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
import java.io.IOException;

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

    private final Flow flow = new Flow();
    private final ExtensionFields extensions = new ExtensionFields();
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
        try {
            parse(CodedInputStream.newInstance(bytes, offset, length), null);
            parse(CodedInputStream.newInstance(bytes, offset, length), handler);
        } catch (IOException e) {
            throw new MalformedFrameException("frame of " + length + " bytes: " + e.getMessage(), e);
        }
    }

    private void parse(CodedInputStream in, @org.jspecify.annotations.Nullable Handler handler)
            throws IOException, MalformedFrameException {
        boot = sequence = capturedUs = snapshot = 0;
        boolean begun = false;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (WireFormat.getTagFieldNumber(tag)) {
                case 1 -> boot = Fields.fixed64(in, tag);
                case 2 -> sequence = Fields.varint(in, tag);
                case 3 -> capturedUs = Fields.fixed64(in, tag);
                case 4 -> snapshot = (int) Fields.varint(in, tag);
                case 5 -> {
                    Hello message = message(in, tag, Hello.parser());
                    if (handler != null) {
                        handler.onHello(boot, message);
                    }
                }
                case 6 -> {
                    Heartbeat message = message(in, tag, Heartbeat.parser());
                    if (handler != null) {
                        handler.onHeartbeat(boot, message);
                    }
                }
                case 7 -> {
                    SnapshotRequest message = message(in, tag, SnapshotRequest.parser());
                    if (handler != null) {
                        handler.onSnapshotRequest(boot, message);
                    }
                }
                case 8 -> {
                    SnapshotBegin message = message(in, tag, SnapshotBegin.parser());
                    if (handler != null) {
                        handler.onSnapshotBegin(boot, message);
                    }
                }
                case 9 -> {
                    SnapshotEnd message = message(in, tag, SnapshotEnd.parser());
                    if (handler != null) {
                        handler.onSnapshotEnd(boot, message);
                    }
                }
                case 14 -> {
                    Expectations message = message(in, tag, Expectations.parser());
                    for (ExpectationDelta delta : message.getExpectationsList()) {
                        var _ = ExpectationCodec.read(delta);
                    }
                    if (handler != null) {
                        handler.onExpectations(boot, message);
                    }
                }
                case 15 -> {
                    ExpectationsRequest message = message(in, tag, ExpectationsRequest.parser());
                    if (handler != null) {
                        handler.onExpectationsRequest(boot, message);
                    }
                }
                case 10 -> {
                    Differential message = message(in, tag, Differential.parser());
                    if (handler != null) {
                        handler.onDifferential(boot, message);
                    }
                }
                case 16 -> {
                    begun |= begin(begun, handler);
                    delta(in, tag, handler);
                }
                default -> in.skipField(tag);
            }
        }
        if (boot == 0) {
            throw new MalformedFrameException("frame without the sender's boot");
        }
        if (begun && handler != null) {
            handler.onDeltasEnd();
        }
    }

    private boolean begin(boolean begun, @org.jspecify.annotations.Nullable Handler handler)
            throws MalformedFrameException {
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

    private void delta(CodedInputStream in, int tag, @org.jspecify.annotations.Nullable Handler handler)
            throws IOException, MalformedFrameException {
        Fields.expect(tag, WireFormat.WIRETYPE_LENGTH_DELIMITED);
        int limit = in.pushLimit(in.readRawVarint32());
        flow.clear();
        extensions.begin(flow);
        long version = 0;
        boolean gone = false;
        boolean ipv6 = false;
        boolean hasReply = false;
        int l4State = 0;
        int tcp = 0;
        for (int t = in.readTag(); t != 0; t = in.readTag()) {
            switch (WireFormat.getTagFieldNumber(t)) {
                case 1 -> version = Fields.varint(in, t);
                case 2 -> gone = Fields.varint(in, t) != 0;
                case 3 -> flow.protocol = Fields.bounded(in, t, 255, "protocol");
                case 4 -> flow.original.srcLow = Fields.fixed32(in, t) & 0xffffffffL;
                case 5 -> flow.original.dstLow = Fields.fixed32(in, t) & 0xffffffffL;
                case 6 -> Fields.unpack(Fields.fixed32(in, t), flow.original);
                case 7 -> flow.zone = Fields.bounded(in, t, 0xffff, "zone");
                case 8 -> flow.zoneOriginal = Fields.bounded(in, t, 0xffff, "zone_orig");
                case 9 -> flow.reply.srcLow = Fields.fixed32(in, t) & 0xffffffffL;
                case 10 -> flow.reply.dstLow = Fields.fixed32(in, t) & 0xffffffffL;
                case 11 -> Fields.unpack(Fields.fixed32(in, t), flow.reply);
                case 12 -> flow.status = Fields.fixed32(in, t);
                case 13 -> flow.timeout = Fields.bounded(in, t, Integer.MAX_VALUE, "timeout");
                case 14 -> flow.mark = Fields.fixed32(in, t);
                case 15 -> flow.zoneReply = Fields.bounded(in, t, 0xffff, "zone_reply");
                case 16 -> l4State = Fields.bounded(in, t, 32, "l4_state");
                case 17 -> tcp = Fields.fixed32(in, t);
                case 18 -> flow.sctpVtagOriginal = Fields.fixed32(in, t);
                case 19 -> flow.sctpVtagReply = Fields.fixed32(in, t);
                case 20 -> ipv6 = Fields.varint(in, t) != 0;
                case 21 -> flow.original.srcHigh = Fields.fixed64(in, t);
                case 22 -> flow.original.srcLow = Fields.fixed64(in, t);
                case 23 -> flow.original.dstHigh = Fields.fixed64(in, t);
                case 24 -> flow.original.dstLow = Fields.fixed64(in, t);
                case 25 -> flow.reply.srcHigh = Fields.fixed64(in, t);
                case 26 -> flow.reply.srcLow = Fields.fixed64(in, t);
                case 27 -> flow.reply.dstHigh = Fields.fixed64(in, t);
                case 28 -> flow.reply.dstLow = Fields.fixed64(in, t);
                case 29 -> hasReply = Fields.varint(in, t) != 0;
                default -> extensions.read(in, t, flow);
            }
        }
        in.popLimit(limit);
        complete(ipv6, hasReply, gone, l4State, tcp);
        extensions.complete(flow, gone);
        if (version <= 0) {
            throw new MalformedFrameException("delta without a version");
        }
        if (handler != null) {
            handler.onDelta(flow, version, gone);
        }
    }

    private void complete(boolean ipv6, boolean hasReply, boolean gone, int l4State, int tcp)
            throws MalformedFrameException {
        flow.family = ipv6 ? Flow.IPV6 : Flow.IPV4;
        if (!ipv6 && !fitsIpv4(flow)) {
            throw new MalformedFrameException("IPv4 delta with IPv6 addresses");
        }
        if (gone) {
            return;
        }
        if (!hasReply) {
            Tuples.invert(flow.protocol, flow.original, flow.reply);
        }
        flow.present = Flow.HAS_REPLY | Flow.HAS_STATUS | Flow.HAS_TIMEOUT | Flow.HAS_MARK;
        if (l4State != 0 && flow.protocol == Flow.TCP) {
            completeTcp(l4State, tcp);
        } else if (l4State != 0 && flow.protocol == Flow.SCTP) {
            flow.present |= Flow.HAS_SCTP;
            flow.sctpState = l4State - 1;
        }
    }

    private static boolean fitsIpv4(Flow flow) {
        Tuple o = flow.original;
        Tuple r = flow.reply;
        return (o.srcHigh | o.dstHigh | r.srcHigh | r.dstHigh) == 0
                && ((o.srcLow | o.dstLow | r.srcLow | r.dstLow) >>> 32) == 0;
    }

    private void completeTcp(int l4State, int tcp) throws MalformedFrameException {
        flow.present |= Flow.HAS_TCP;
        flow.tcpState = l4State - 1;
        flow.tcpFlagsOriginal = tcp >>> 24;
        flow.tcpFlagsReply = tcp >>> 16 & 0xff;
        flow.tcpWindowScaleOriginal = tcp >>> 8 & 0xff;
        flow.tcpWindowScaleReply = tcp & 0xff;
        if (flow.tcpWindowScaleOriginal > 14 || flow.tcpWindowScaleReply > 14) {
            throw new MalformedFrameException("TCP window scale above 14 (RFC 7323)");
        }
    }

    private <T> T message(CodedInputStream in, int tag, Parser<T> parser) throws IOException, MalformedFrameException {
        if (boot == 0) {
            throw new MalformedFrameException("control message before the frame's boot");
        }
        Fields.expect(tag, WireFormat.WIRETYPE_LENGTH_DELIMITED);
        int limit = in.pushLimit(in.readRawVarint32());
        T message = parser.parseFrom(in, ExtensionRegistryLite.getEmptyRegistry());
        if (!in.isAtEnd()) {
            throw new InvalidProtocolBufferException("message shorter than its length");
        }
        in.popLimit(limit);
        return message;
    }
}
