package io.keepflow.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.UnknownFieldSet.Field;
import io.keepflow.protocol.testkit.FlowSamples;
import io.keepflow.protocol.testkit.Seed;
import io.keepflow.protocol.v1.Delta;
import io.keepflow.protocol.v1.Frame;
import io.keepflow.protocol.v1.Heartbeat;
import io.keepflow.protocol.v1.Hello;
import io.keepflow.protocol.v1.NodeRole;
import io.keepflow.protocol.v1.PeerReport;
import io.keepflow.protocol.v1.SnapshotBegin;
import io.keepflow.protocol.v1.SnapshotEnd;
import io.keepflow.protocol.v1.SnapshotRequest;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Control frames, and frames that no honest peer of this version sends: all or nothing of a frame is handed out. */
class MalformedFrameTest {
    private static final long BOOT = 42;
    private static final String HELPER_REFUSED = "helper is no name of 1 to 15 printable characters";
    private static final UnknownFieldSet UNKNOWN = UnknownFieldSet.newBuilder()
            .addField(900, Field.newBuilder().addVarint(-1).build())
            .addField(901, Field.newBuilder().addFixed32(7).build())
            .addField(902, Field.newBuilder().addFixed64(8).build())
            .addField(
                    903,
                    Field.newBuilder()
                            .addLengthDelimited(ByteString.copyFromUtf8("from a later version"))
                            .build())
            .addField(
                    904,
                    Field.newBuilder()
                            .addGroup(UnknownFieldSet.newBuilder()
                                    .addField(1, Field.newBuilder().addVarint(1).build())
                                    .build())
                            .build())
            .build();

    private static final Hello HELLO = Hello.newBuilder()
            .setNode("fw1")
            .setBuild("1.0")
            .setMinVersion(1)
            .setMaxVersion(2)
            .build();
    private static final Heartbeat HEARTBEAT = Heartbeat.newBuilder()
            .setRole(NodeRole.NODE_ROLE_ACTIVE)
            .setSequence(9)
            .setFlows(3)
            .setDigest(-5)
            .setSentUs(6)
            .addPeers(PeerReport.newBuilder()
                    .setBoot(43)
                    .setInjected(2)
                    .setBacklog(1)
                    .setEchoUs(5)
                    .setHoldUs(4)
                    .setComplete(true))
            .build();
    private static final SnapshotRequest REQUEST =
            SnapshotRequest.newBuilder().setBoot(43).build();
    private static final SnapshotBegin BEGIN =
            SnapshotBegin.newBuilder().setSnapshot(1).setFlows(2).build();
    private static final SnapshotEnd END =
            SnapshotEnd.newBuilder().setSnapshot(1).setFlows(2).setDigest(3).build();

    static Stream<Arguments> controlFrames() {
        return Stream.of(
                arguments("hello", frame().setHello(HELLO), HELLO),
                arguments("heartbeat", frame().setHeartbeat(HEARTBEAT), HEARTBEAT),
                arguments("snapshot request", frame().setSnapshotRequest(REQUEST), REQUEST),
                arguments("snapshot begin", frame().setSnapshotBegin(BEGIN), BEGIN),
                arguments("snapshot end", frame().setSnapshotEnd(END), END));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("controlFrames")
    void aControlFrameIsHandedOutWhole(String name, Frame.Builder frame, Object message) throws Exception {
        assertThat(HeardFrame.of(frame.build().toByteArray()).calls).containsExactly(BOOT + " " + message);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("controlFrames")
    void aControlFrameNamesItsBootFirst(String name, Frame.Builder frame, Object message) {
        byte[] control = frame.clearBoot().build().toByteArray();
        byte[] boot = frame().build().toByteArray();
        assertRefused(concatenated(control, boot), "control message before the frame's boot");
    }

    @Test
    void unknownFieldsAreSkipped() throws Exception {
        Flow flow = FlowSamples.snatted(1);
        Frame frame = frame().setSequence(1)
                .setUnknownFields(UNKNOWN)
                .addDeltas(FrameTest.built(flow, 2).setUnknownFields(UNKNOWN))
                .build();
        assertThat(HeardFrame.of(frame.toByteArray()).calls)
                .containsExactly("deltas " + BOOT + " 1 0 0", HeardFrame.delta(flow, 2), "end");
    }

    /** What one delta has, the next one has not, even where a frame was refused in between. */
    @Test
    void nothingOfADeltaStaysForTheNext() throws Exception {
        Flow plain = FlowSamples.snatted(1);
        Delta full =
                delta().setHelper("ftp").setLabelsLow(3).setMasterProtocol(6).build();
        Delta refused = full.toBuilder().setZone(1 << 16).build();
        Frame frame = frame().setSequence(1)
                .addDeltas(full)
                .addDeltas(FrameTest.built(plain, 2))
                .build();
        FrameReader reader = new FrameReader();
        byte[] malformed = frame().setSequence(1).addDeltas(refused).build().toByteArray();
        assertThatThrownBy(() -> reader.read(malformed, 0, malformed.length, new HeardFrame()))
                .isInstanceOf(MalformedFrameException.class);
        HeardFrame heard = new HeardFrame();
        reader.read(frame.toByteArray(), 0, frame.toByteArray().length, heard);
        assertThat(heard.calls.get(1)).contains(" helper ftp master 6 ").contains(" labels 0:3");
        assertThat(heard.calls.get(2)).isEqualTo(HeardFrame.delta(plain, 2));
    }

    @Test
    void aFrameThatSaysNothingIsNothing() throws Exception {
        assertThat(HeardFrame.of(frame().build().toByteArray()).calls).isEmpty();
    }

    static Stream<Arguments> impossible() {
        return Stream.of(
                arguments("protocol 256", delta().setProtocol(256), "protocol is 256, at most 255"),
                arguments("protocol -1", delta().setProtocol(-1), "protocol is 4294967295, at most 255"),
                arguments("zone 65536", delta().setZone(65_536), "zone is 65536, at most 65535"),
                arguments("zone_orig 65536", delta().setZoneOrig(65_536), "zone_orig is 65536, at most 65535"),
                arguments("zone_reply 65536", delta().setZoneReply(65_536), "zone_reply is 65536, at most 65535"),
                arguments("timeout -1", delta().setTimeout(-1), "timeout is 4294967295, at most 2147483647"),
                arguments("state 33", delta().setL4State(33), "l4_state is 33, at most 32"),
                arguments("version 0", delta().setVersion(0), "delta without a version"),
                arguments("version -1", delta().setVersion(-1), "delta without a version"),
                arguments("source port 65536", delta().setOrigL4Src(65_536), "orig_l4src is 65536, at most 65535"),
                arguments("destination port -1", delta().setOrigL4Dst(-1), "orig_l4dst is 4294967295, at most 65535"),
                arguments("master 256", delta().setMasterProtocol(256), "master_protocol is 256, at most 255"),
                arguments("IPv6 master", delta().setMasterSrcHigh(1), "IPv4 delta with an IPv6 master"),
                arguments("IPv6 half of a master", delta().setMasterDstLow(-1), "IPv4 delta with an IPv6 master"),
                arguments("long helper", delta().setHelper("sixteen-letters!"), HELPER_REFUSED),
                arguments("helper of no letters", delta().setHelper("ft p"), HELPER_REFUSED),
                arguments("helper in UTF-8", delta().setHelper("für"), HELPER_REFUSED),
                arguments("helper with a zero", delta().setHelper("a\0b"), HELPER_REFUSED),
                arguments("scale 15", tcp().setTcp(15 << 8), "TCP window scale above 14 (RFC 7323)"),
                arguments("reply scale 15", tcp().setTcp(15), "TCP window scale above 14 (RFC 7323)"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("impossible")
    void impossibleValuesAreRefused(String name, Delta.Builder delta, String message) {
        Frame frame = frame().setSequence(1)
                .addDeltas(delta())
                .addDeltas(delta)
                .addDeltas(delta())
                .setHello(HELLO)
                .build();
        assertRefused(frame.toByteArray(), message);
    }

    @Test
    void aFrameWithoutBootIsRefused() {
        assertRefused(new byte[0], "frame without the sender's boot");
        assertRefused(frame().clearBoot().setSequence(3).build().toByteArray(), "frame without the sender's boot");
    }

    @Test
    void deltasNeedBootAndSequenceBeforeThem() {
        Frame.Builder deltas = Frame.newBuilder().addDeltas(delta());
        assertRefused(deltas.setBoot(BOOT).build().toByteArray(), "deltas before the frame's boot and sequence");
        assertRefused(
                concatenated(
                        deltas.build().toByteArray(),
                        frame().setSequence(1).build().toByteArray()),
                "deltas before the frame's boot and sequence");
    }

    @Test
    void theFirstDeltaOfAFrameHasAVersion() throws Exception {
        Frame.Builder later =
                frame().setSequence(1).addDeltas(delta().setVersion(7)).addDeltas(delta().clearVersion());
        assertThat(HeardFrame.of(later.build().toByteArray()).calls.get(2)).startsWith("delta 8 ");
        assertRefused(later.removeDeltas(0).build().toByteArray(), "delta without a version");
    }

    @Test
    void aStatusHasAtMost32Bits() {
        UnknownFieldSet status = UnknownFieldSet.newBuilder()
                .addField(12, Field.newBuilder().addVarint(1L << 32).build())
                .build();
        Frame frame = frame().setSequence(1)
                .addDeltas(Delta.newBuilder().setVersion(1).setUnknownFields(status))
                .build();
        assertRefused(frame.toByteArray(), "status is 4294967296, more than 32 bits");
    }

    @Test
    void aWrongWireTypeIsRefused() {
        UnknownFieldSet protocolAsText = UnknownFieldSet.newBuilder()
                .addField(
                        3,
                        Field.newBuilder()
                                .addLengthDelimited(ByteString.copyFromUtf8("tcp"))
                                .build())
                .build();
        Frame frame = frame().setSequence(1)
                .addDeltas(Delta.newBuilder().setVersion(1).setUnknownFields(protocolAsText))
                .build();
        assertRefused(frame.toByteArray(), "field 3 has wire type 2, expected 0");
    }

    @Test
    void aFrameCutAnywhereIsRefusedOrEndsBetweenFields() throws Exception {
        for (byte[] frame : frames(Seed.random())) {
            List<String> whole = HeardFrame.of(frame).calls;
            for (int length = 0; length < frame.length; length++) {
                byte[] cut = Arrays.copyOf(frame, length);
                HeardFrame heard = new HeardFrame();
                try {
                    new FrameReader().read(cut, 0, length, heard);
                    assertThat(followsSchema(cut)).as("cut at %d", length).isTrue();
                    heard.calls.remove("end");
                    assertThat(heard.calls).isEqualTo(whole.subList(0, heard.calls.size()));
                } catch (MalformedFrameException e) {
                    assertThat(heard.calls).as("cut at %d: %s", length, e).isEmpty();
                }
            }
        }
    }

    private static boolean followsSchema(byte[] bytes) {
        try {
            return Frame.parseFrom(bytes).getBoot() != 0;
        } catch (InvalidProtocolBufferException e) {
            return false;
        }
    }

    @Test
    void mutatedFramesAreReadOrRefusedAndNothingElse() {
        Random random = Seed.random();
        List<byte[]> frames = frames(random);
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] mutated = mutated(frames.get(random.nextInt(frames.size())), random);
            HeardFrame heard = new HeardFrame();
            try {
                new FrameReader().read(mutated, 0, mutated.length, heard);
            } catch (MalformedFrameException e) {
                refused++;
                assertThat(heard.calls).as(e.getMessage()).isEmpty();
            }
        }
        assertThat(refused).isBetween(2_000, 19_900);
    }

    /** Up to four changed, lost or added bytes. */
    private static byte[] mutated(byte[] frame, Random random) {
        byte[] bytes = frame.clone();
        for (int i = random.nextInt(4); i >= 0; i--) {
            int at = random.nextInt(bytes.length - 1);
            switch (random.nextInt(4)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt();
                case 2 ->
                    bytes = concatenated(Arrays.copyOf(bytes, at), Arrays.copyOfRange(bytes, at + 1, bytes.length));
                default ->
                    bytes = concatenated(Arrays.copyOf(bytes, at + 1), Arrays.copyOfRange(bytes, at, bytes.length));
            }
        }
        return bytes;
    }

    /** One of each control frame and five full delta frames. */
    private static List<byte[]> frames(Random random) {
        Stream<byte[]> control = controlFrames().map(arguments -> {
            Frame.Builder frame = (Frame.Builder) arguments.get()[1];
            return frame.build().toByteArray();
        });
        FrameWriter writer = new FrameWriter(512);
        Stream<byte[]> deltas = random.ints(5).mapToObj(ignored -> {
            writer.begin(BOOT, 1, 2, 3);
            boolean room = true;
            while (room) {
                room = writer.add(FlowSamples.random(random), 1 + random.nextInt(1 << 20), random.nextInt(9) == 0);
            }
            return Arrays.copyOf(writer.array(), writer.length());
        });
        return Stream.concat(control, deltas).toList();
    }

    private static Frame.Builder frame() {
        return Frame.newBuilder().setBoot(BOOT);
    }

    private static Delta.Builder delta() {
        return FrameTest.built(FlowSamples.udp(1), 1);
    }

    private static Delta.Builder tcp() {
        return FrameTest.built(FlowSamples.snatted(1), 1);
    }

    private static void assertRefused(byte[] frame, String message) {
        HeardFrame heard = new HeardFrame();
        assertThatThrownBy(() -> new FrameReader().read(frame, 0, frame.length, heard))
                .isInstanceOf(MalformedFrameException.class)
                .hasMessageContaining(message);
        assertThat(heard.calls).isEmpty();
    }

    private static byte[] concatenated(byte[] first, byte[] second) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(first);
        bytes.writeBytes(second);
        return bytes.toByteArray();
    }
}
