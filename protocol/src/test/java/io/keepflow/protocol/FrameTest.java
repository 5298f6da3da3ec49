package io.keepflow.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.protobuf.Descriptors;
import com.google.protobuf.InvalidProtocolBufferException;
import io.keepflow.protocol.testkit.FlowSamples;
import io.keepflow.protocol.testkit.Seed;
import io.keepflow.protocol.v1.Delta;
import io.keepflow.protocol.v1.Frame;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Delta frames: what one side writes the other reads, and both are the schema. */
class FrameTest {
    private static final long BOOT = 0xfedcba9876543210L;
    private static final long CAPTURED_US = 1_790_000_000_000_000L;

    @ParameterizedTest(name = "frames of {0} bytes")
    @ValueSource(ints = {512, 1372, 8900})
    void whatIsWrittenIsReadBack(int maxBytes) throws Exception {
        Random random = Seed.random();
        FrameWriter writer = new FrameWriter(maxBytes);
        for (int frame = 1; frame <= 200; frame++) {
            List<String> written = fill(writer, frame, random);
            assertThat(HeardFrame.of(bytes(writer)).calls).isEqualTo(written);
        }
    }

    /** Fills a frame with random flows until one does not fit; returns what a reader should say. */
    private static List<String> fill(FrameWriter writer, int sequence, Random random) {
        List<String> expected = new ArrayList<>();
        writer.begin(BOOT, sequence, CAPTURED_US, 0);
        expected.add("deltas " + BOOT + " " + sequence + " " + CAPTURED_US + " 0");
        while (true) {
            Flow flow = FlowSamples.random(random);
            long version = 1 + (random.nextLong() >>> (2 + random.nextInt(61)));
            boolean gone = random.nextInt(5) == 0;
            if (!writer.add(flow, version, gone)) {
                break;
            }
            expected.add(gone ? HeardFrame.gone(flow, version) : HeardFrame.delta(flow, version));
        }
        assertThat(writer.deltas()).isEqualTo(expected.size() - 1);
        expected.add("end");
        return expected;
    }

    @Test
    void aFrameIsNeverLargerThanAskedForAndRefusesOnlyWhatDoesNotFit() {
        Random random = Seed.random();
        for (int maxBytes = 512; maxBytes < 712; maxBytes++) {
            FrameWriter writer = new FrameWriter(maxBytes);
            FrameWriter roomy = new FrameWriter(maxBytes + FrameWriter.MAX_DELTA_BYTES);
            writer.begin(BOOT, 1, CAPTURED_US, 0);
            roomy.begin(BOOT, 1, CAPTURED_US, 0);
            Flow flow = FlowSamples.random(random);
            while (writer.add(flow, 1, false)) {
                assertThat(roomy.add(flow, 1, false)).isTrue();
                flow = FlowSamples.random(random);
            }
            assertThat(writer.length()).isEqualTo(roomy.length()).isLessThanOrEqualTo(maxBytes);
            assertThat(roomy.add(flow, 1, false)).isTrue();
            assertThat(roomy.length()).as("with what was refused").isGreaterThanOrEqualTo(maxBytes);
            assertThat(writer.array()).hasSize(maxBytes);
        }
    }

    private static int sizeInFrame(Flow flow) {
        FrameWriter empty = new FrameWriter(512);
        empty.begin(BOOT, 1, 0, 0);
        int before = empty.length();
        assertThat(empty.add(flow, 1, false)).isTrue();
        return empty.length() - before;
    }

    @Test
    void theLargestDeltaFitsIntoTheSmallestFrame() {
        Flow flow = FlowSamples.snatted(1);
        flow.family = Flow.IPV6;
        flow.protocol = Flow.SCTP;
        flow.original.srcHigh = flow.original.dstHigh = flow.reply.srcHigh = flow.reply.dstHigh = -1;
        flow.zone = flow.zoneOriginal = flow.zoneReply = 0xffff;
        flow.timeout = Integer.MAX_VALUE;
        flow.mark = -1;
        flow.present = Flow.HAS_SCTP | Flow.HAS_EXTENSIONS;
        assertThat(flow.extensions.helper.set("fifteen-letters")).isTrue();
        set(flow.extensions.master, -1, -1, -1, -1);
        flow.extensions.masterProtocol = 255;
        flow.extensions.seqOriginal.before = flow.extensions.seqOriginal.after = Integer.MIN_VALUE;
        flow.extensions.seqReply.before = flow.extensions.seqReply.after = Integer.MIN_VALUE;
        FrameWriter writer = new FrameWriter(512);
        writer.begin(-1, Long.MAX_VALUE, -1, -1);
        assertThat(writer.add(flow, Long.MAX_VALUE, false)).isTrue();
        assertThat(writer.length()).isLessThan(FrameWriter.MAX_DELTA_BYTES);
    }

    @Test
    void aFrameTooSmallForOneDeltaIsRefusedAtOnce() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new FrameWriter(511))
                .withMessage("a frame of 511 bytes is too small: at least 512");
    }

    @Test
    void anSnattedTcpDeltaCostsAtMost56Bytes() {
        assertThat(sizeInFrame(FlowSamples.snatted(40_000))).isLessThanOrEqualTo(56);
    }

    @Test
    void aGoneDeltaCostsAtMost28Bytes() {
        FrameWriter writer = new FrameWriter(512);
        writer.begin(BOOT, 1, 0, 0);
        int before = writer.length();
        assertThat(writer.add(FlowSamples.snatted(40_000), 4, true)).isTrue();
        assertThat(writer.length() - before).isLessThanOrEqualTo(28);
    }

    @Test
    void aFrameWithoutRoomIsUsedAgain() throws Exception {
        FrameWriter writer = new FrameWriter(512);
        writer.begin(BOOT, 1, CAPTURED_US, 0);
        while (writer.add(FlowSamples.snatted(1), 1, false)) {
            assertThat(writer.length()).isLessThan(512);
        }
        writer.begin(BOOT, 2, 0, 9);
        assertThat(writer.deltas()).isZero();
        assertThat(writer.add(FlowSamples.snatted(2), 3, false)).isTrue();
        assertThat(HeardFrame.of(bytes(writer)).calls)
                .containsExactly("deltas " + BOOT + " 2 0 9", HeardFrame.delta(FlowSamples.snatted(2), 3), "end");
    }

    @Test
    void generatedClassesReadEveryFieldThatTheWriterWrites() throws Exception {
        Flow flow = FlowSamples.snatted(40_000);
        flow.zone = 1;
        flow.zoneOriginal = 2;
        flow.zoneReply = 3;
        Frame frame = written(flow, 77, false);
        assertThat(frame)
                .isEqualTo(Frame.newBuilder()
                        .setBoot(BOOT)
                        .setSequence(5)
                        .setCapturedUs(CAPTURED_US)
                        .setSnapshot(6)
                        .addDeltas(Delta.newBuilder()
                                .setVersion(77)
                                .setProtocol(6)
                                .setOrigSrc4(0x0a010002)
                                .setOrigDst4(0x0a020002)
                                .setOrigL4Src(40_000)
                                .setOrigL4Dst(443)
                                .setZone(1)
                                .setZoneOrig(2)
                                .setZoneReply(3)
                                .setHasReply(true)
                                .setReplySrc4(0x0a020002)
                                .setReplyDst4(0x0a0200fe)
                                .setStatus(flow.status)
                                .setTimeout(432_000)
                                .setMark(7)
                                .setL4State(4)
                                .setTcp(0x03030709))
                        .build());
    }

    @Test
    void generatedClassesReadIpv6AndSctp() throws Exception {
        Flow flow = FlowSamples.udp(1);
        flow.family = Flow.IPV6;
        flow.protocol = Flow.SCTP;
        set(flow.original, 0xa1, 0xa2, 0xa3, 0xa4);
        set(flow.reply, 0xb1, 0xb2, 0xb3, 0xb4);
        flow.sctpState = 4;
        flow.sctpVtagOriginal = 0xf0000001;
        flow.sctpVtagReply = 0x0a0b0c0d;
        flow.present |= Flow.HAS_SCTP;
        Delta delta = written(flow, 1, false).getDeltas(0);
        assertThat(delta)
                .isEqualTo(Delta.newBuilder()
                        .setVersion(1)
                        .setProtocol(132)
                        .setIpv6(true)
                        .setOrigSrcHigh(0xa1)
                        .setOrigSrcLow(0xa2)
                        .setOrigDstHigh(0xa3)
                        .setOrigDstLow(0xa4)
                        .setOrigL4Src(1)
                        .setOrigL4Dst(53)
                        .setHasReply(true)
                        .setReplySrcHigh(0xb1)
                        .setReplySrcLow(0xb2)
                        .setReplyDstHigh(0xb3)
                        .setReplyDstLow(0xb4)
                        .setStatus(flow.status)
                        .setTimeout(30)
                        .setL4State(5)
                        .setVtagOrig(0xf0000001)
                        .setVtagReply(0x0a0b0c0d)
                        .build());
    }

    /** The connection that an FTP client's PORT command opened, and its master with what only few flows have. */
    @Test
    void generatedClassesReadWhatFewFlowsHave() throws Exception {
        Flow flow = FlowSamples.udp(1);
        Extensions of = flow.extensions;
        assertThat(of.helper.set("ftp")).isTrue();
        of.master.set(FlowSamples.snatted(4).original);
        of.masterProtocol = Flow.TCP;
        of.seqOriginal.position = -2;
        of.seqOriginal.before = -3;
        of.seqOriginal.after = 4;
        of.seqReply.position = 5;
        of.seqReply.before = 6;
        of.seqReply.after = -7;
        of.synproxyIsn = 8;
        of.synproxyIts = -9;
        of.synproxyTsoff = 10;
        of.labelsHigh = -11;
        of.labelsLow = 12;
        flow.present |= Flow.HAS_EXTENSIONS;
        assertThat(written(flow, 1, false).getDeltas(0))
                .isEqualTo(
                        Delta.newBuilder(written(FlowSamples.udp(1), 1, false).getDeltas(0))
                                .setHelper("ftp")
                                .setMasterProtocol(6)
                                .setMasterSrc4(0x0a010002)
                                .setMasterDst4(0x0a020002)
                                .setMasterL4(4 << 16 | 443)
                                .setSeqOrigPosition(-2)
                                .setSeqOrigBefore(-3)
                                .setSeqOrigAfter(4)
                                .setSeqReplyPosition(5)
                                .setSeqReplyBefore(6)
                                .setSeqReplyAfter(-7)
                                .setSynproxyIsn(8)
                                .setSynproxyIts(-9)
                                .setSynproxyTsoff(10)
                                .setLabelsHigh(-11)
                                .setLabelsLow(12)
                                .build());
        assertThat(written(flow, 1, true)).isEqualTo(written(FlowSamples.udp(1), 1, true));
    }

    @Test
    void theEndOfAFlowIsItsIdentityAlone() throws Exception {
        assertThat(written(FlowSamples.snatted(9), 8, true).getDeltas(0))
                .isEqualTo(Delta.newBuilder()
                        .setVersion(8)
                        .setGone(true)
                        .setProtocol(6)
                        .setOrigSrc4(0x0a010002)
                        .setOrigDst4(0x0a020002)
                        .setOrigL4Src(9)
                        .setOrigL4Dst(443)
                        .build());
    }

    @Test
    void aReplyThatIsTheInversionIsLeftOut() throws Exception {
        Delta delta = written(FlowSamples.udp(1), 1, false).getDeltas(0);
        assertThat(delta.getHasReply()).isFalse();
        assertThat(delta.getReplySrc4()).isZero();
    }

    /** The same random flows through the generated builders: fields in the order of their numbers, all of them written. */
    @Test
    void whatGeneratedBuildersWriteIsRead() throws Exception {
        Random random = Seed.random();
        for (int i = 0; i < 2_000; i++) {
            Flow flow = FlowSamples.random(random);
            byte[] frame = Frame.newBuilder()
                    .setBoot(BOOT)
                    .setSequence(i + 1)
                    .addDeltas(built(flow, i + 1))
                    .build()
                    .toByteArray();
            assertThat(HeardFrame.of(frame).calls)
                    .containsExactly("deltas " + BOOT + " " + (i + 1) + " 0 0", HeardFrame.delta(flow, i + 1), "end");
        }
    }

    /** The rule of what is absent, by the generated classes alone: each delta, completed, says the same in a frame of its own. */
    @Test
    void whatIsAbsentIsAsInTheDeltaBefore() throws Exception {
        Random random = Seed.random();
        FrameWriter writer = new FrameWriter(8900);
        for (int i = 1; i <= 50; i++) {
            fillWithNeighbours(writer, i, random);
            List<String> heard = HeardFrame.of(bytes(writer)).calls;
            Delta before = Delta.getDefaultInstance();
            int index = 1;
            for (Delta delta : Frame.parseFrom(bytes(writer)).getDeltasList()) {
                before = completed(before, delta);
                byte[] alone = Frame.newBuilder()
                        .setBoot(BOOT)
                        .setSequence(i)
                        .addDeltas(before)
                        .build()
                        .toByteArray();
                assertThat(HeardFrame.of(alone).calls.get(1)).isEqualTo(heard.get(index++));
            }
            assertThat(index).isGreaterThan(40);
        }
    }

    /** Flows that have much in common with the one before, and random ones. */
    private static void fillWithNeighbours(FrameWriter writer, int sequence, Random random) {
        writer.begin(BOOT, sequence, CAPTURED_US, 0);
        Flow flow = FlowSamples.random(random);
        long version = 1;
        do {
            version += random.nextInt(4) == 0 ? random.nextInt(9) : 1;
            if (random.nextInt(4) == 0) {
                flow = FlowSamples.random(random);
            } else {
                flow.original.l4Src = random.nextInt(1 << 16);
                flow.status ^= random.nextInt(3);
            }
        } while (writer.add(flow, version, random.nextInt(5) == 0));
    }

    private static Delta completed(Delta before, Delta delta) {
        Delta.Builder completed = delta.toBuilder();
        for (Descriptors.FieldDescriptor field : Delta.getDescriptor().getFields()) {
            if (field.getNumber() <= 28 && field.getNumber() != 2 && !delta.hasField(field) && before.hasField(field)) {
                completed.setField(field, before.getField(field));
            }
        }
        if (!delta.hasVersion()) {
            completed.setVersion(before.getVersion() + 1);
        }
        return completed.build();
    }

    @Test
    void aNeighbourThatDiffersInItsPortCostsSixBytes() {
        FrameWriter writer = new FrameWriter(512);
        writer.begin(BOOT, 1, 0, 0);
        assertThat(writer.add(FlowSamples.snatted(40_000), 7, false)).isTrue();
        int before = writer.length();
        assertThat(writer.add(FlowSamples.snatted(40_001), 8, false)).isTrue();
        assertThat(writer.length() - before).isEqualTo(6);
    }

    @Test
    void readsAFrameInTheMiddleOfAnArray() throws Exception {
        byte[] frame = Frame.newBuilder()
                .setBoot(BOOT)
                .setSequence(1)
                .addDeltas(built(FlowSamples.udp(3), 2))
                .build()
                .toByteArray();
        byte[] larger = new byte[frame.length + 200];
        Arrays.fill(larger, (byte) 0xff);
        System.arraycopy(frame, 0, larger, 100, frame.length);
        HeardFrame heard = new HeardFrame();
        new FrameReader().read(larger, 100, frame.length, heard);
        assertThat(heard.calls).contains(HeardFrame.delta(FlowSamples.udp(3), 2));
    }

    /** The schema in the words of the generated classes, independent of the writer. */
    static Delta.Builder built(Flow flow, long version) {
        Delta.Builder delta = Delta.newBuilder()
                .setVersion(version)
                .setProtocol(flow.protocol)
                .setOrigL4Src(flow.original.l4Src)
                .setOrigL4Dst(flow.original.l4Dst)
                .setZone(flow.zone)
                .setZoneOrig(flow.zoneOriginal)
                .setZoneReply(flow.zoneReply)
                .setHasReply(true)
                .setReplyL4(replyL4(flow))
                .setStatus(flow.status)
                .setTimeout(flow.timeout)
                .setMark(flow.mark);
        delta.setIpv6(flow.family == Flow.IPV6);
        if (flow.family == Flow.IPV6) {
            delta.setOrigSrcHigh(flow.original.srcHigh)
                    .setOrigSrcLow(flow.original.srcLow)
                    .setOrigDstHigh(flow.original.dstHigh)
                    .setOrigDstLow(flow.original.dstLow)
                    .setReplySrcHigh(flow.reply.srcHigh)
                    .setReplySrcLow(flow.reply.srcLow)
                    .setReplyDstHigh(flow.reply.dstHigh)
                    .setReplyDstLow(flow.reply.dstLow);
        } else {
            delta.setOrigSrc4((int) flow.original.srcLow)
                    .setOrigDst4((int) flow.original.dstLow)
                    .setReplySrc4((int) flow.reply.srcLow)
                    .setReplyDst4((int) flow.reply.dstLow);
        }
        if (flow.has(Flow.HAS_TCP)) {
            delta.setL4State(flow.tcpState + 1)
                    .setTcp(flow.tcpFlagsOriginal << 24
                            | flow.tcpFlagsReply << 16
                            | flow.tcpWindowScaleOriginal << 8
                            | flow.tcpWindowScaleReply);
        } else if (flow.has(Flow.HAS_SCTP)) {
            delta.setL4State(flow.sctpState + 1)
                    .setVtagOrig(flow.sctpVtagOriginal)
                    .setVtagReply(flow.sctpVtagReply);
        } else {
            delta.setL4State(0);
        }
        buildExtensions(delta, flow);
        return delta;
    }

    private static int replyL4(Flow flow) {
        Tuple inverted = new Tuple();
        Tuples.invert(flow.protocol, flow.original, inverted);
        return (flow.reply.l4Src ^ inverted.l4Src) << 16 | (flow.reply.l4Dst ^ inverted.l4Dst);
    }

    private static void buildExtensions(Delta.Builder delta, Flow flow) {
        Extensions of = flow.extensions;
        if (flow.has(Flow.HAS_HELPER)) {
            delta.setHelper(of.helper.toString());
        }
        if (flow.has(Flow.HAS_MASTER)) {
            delta.setMasterProtocol(of.masterProtocol).setMasterL4(of.master.l4Src << 16 | of.master.l4Dst);
            if (flow.family == Flow.IPV6) {
                delta.setMasterSrcHigh(of.master.srcHigh)
                        .setMasterSrcLow(of.master.srcLow)
                        .setMasterDstHigh(of.master.dstHigh)
                        .setMasterDstLow(of.master.dstLow);
            } else {
                delta.setMasterSrc4((int) of.master.srcLow).setMasterDst4((int) of.master.dstLow);
            }
        }
        if (flow.has(Flow.HAS_SEQ_ADJUST)) {
            delta.setSeqOrigPosition(of.seqOriginal.position)
                    .setSeqOrigBefore(of.seqOriginal.before)
                    .setSeqOrigAfter(of.seqOriginal.after)
                    .setSeqReplyPosition(of.seqReply.position)
                    .setSeqReplyBefore(of.seqReply.before)
                    .setSeqReplyAfter(of.seqReply.after);
        }
        if (flow.has(Flow.HAS_SYNPROXY)) {
            delta.setSynproxyIsn(of.synproxyIsn).setSynproxyIts(of.synproxyIts).setSynproxyTsoff(of.synproxyTsoff);
        }
        if (flow.has(Flow.HAS_LABELS)) {
            delta.setLabelsHigh(of.labelsHigh).setLabelsLow(of.labelsLow);
        }
    }

    private static Frame written(Flow flow, long version, boolean gone) throws InvalidProtocolBufferException {
        FrameWriter writer = new FrameWriter(512);
        writer.begin(BOOT, 5, CAPTURED_US, 6);
        assertThat(writer.add(flow, version, gone)).isTrue();
        return Frame.parseFrom(bytes(writer));
    }

    private static void set(Tuple tuple, long srcHigh, long srcLow, long dstHigh, long dstLow) {
        tuple.srcHigh = srcHigh;
        tuple.srcLow = srcLow;
        tuple.dstHigh = dstHigh;
        tuple.dstLow = dstLow;
    }

    private static byte[] bytes(FrameWriter writer) {
        return Arrays.copyOf(writer.array(), writer.length());
    }
}
