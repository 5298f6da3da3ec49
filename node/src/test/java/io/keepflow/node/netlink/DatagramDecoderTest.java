package io.keepflow.node.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.protocol.Flow;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** The decoder on bytes alone. The samples come from a little-endian machine. */
class DatagramDecoderTest {
    private final RecordingListener listener = new RecordingListener();

    private RecordingListener.Heard decodeOne(String annotated) {
        decode(DatagramDecoder.ofEvents(listener), Samples.bytes(annotated));
        listener.assertNothingMalformed();
        assertThat(listener.heard()).hasSize(1);
        return listener.heard().getFirst();
    }

    private static void decode(DatagramDecoder decoder, byte[] bytes) {
        try (Arena arena = Arena.ofConfined()) {
            decoder.decode(Samples.copy(arena, bytes), 0, bytes.length);
        }
    }

    private static void decodeHex(DatagramDecoder decoder, String hex) {
        decode(decoder, HexFormat.of().parseHex(hex.replace(" ", "")));
    }

    @Test
    void tcpNew() {
        RecordingListener.Heard heard = decodeOne(Samples.TCP_NEW);
        Flow flow = heard.flow();
        assertThat(heard.type()).isEqualTo(EventType.NEW);
        assertThat(heard.portId()).isEqualTo(28999);
        Flow expected = Flows.snat(Flows.plain(Flow.IPV4, Flow.TCP, 40000));
        expected.zoneOriginal = 7;
        assertThat(Flows.describe(flow)).isEqualTo(Flows.describe(expected));
        assertThat(flow.timeout).isEqualTo(432000);
        assertThat(flow.status).isEqualTo(0x19e);
        assertThat(flow.kernelId).isEqualTo(0x6142fbbc);
        assertThat(flow.present).isEqualTo(expected.present | Flow.HAS_ID);
    }

    @Test
    void tcpDestroyHasNoFlagsAndThereforeNoTcp() {
        RecordingListener.Heard heard = decodeOne(Samples.TCP_DESTROY);
        assertThat(heard.type()).isEqualTo(EventType.DESTROY);
        assertThat(heard.flow().has(Flow.HAS_TCP)).isFalse();
        assertThat(heard.flow().has(Flow.HAS_REPLY | Flow.HAS_STATUS | Flow.HAS_MARK))
                .isTrue();
        assertThat(heard.flow().zoneOriginal).isEqualTo(7);
    }

    @Test
    void icmpv6Update() {
        RecordingListener.Heard heard = decodeOne(Samples.ICMPV6_UPDATE);
        Flow flow = heard.flow();
        assertThat(heard.type()).isEqualTo(EventType.UPDATE);
        Flow expected = Flows.plain(Flow.IPV6, Flow.ICMPV6, 0x1234);
        expected.zone = 5;
        expected.mark = 0;
        assertThat(Flows.describe(flow)).isEqualTo(Flows.describe(expected));
    }

    @Test
    void aMissingMarkIsZeroAndKnown() {
        byte[] bytes = Samples.bytes(Samples.TCP_NEW);
        byte[] withoutMark = java.util.Arrays.copyOf(bytes, bytes.length - 8);
        withoutMark[0] = (byte) withoutMark.length;
        decode(DatagramDecoder.ofEvents(listener), withoutMark);
        Flow flow = listener.flows().getFirst();
        assertThat(flow.has(Flow.HAS_MARK)).isTrue();
        assertThat(flow.mark).isZero();
    }

    @Test
    void severalMessagesInADatagram() {
        byte[] first = Samples.bytes(Samples.TCP_NEW);
        byte[] second = Samples.bytes(Samples.ICMPV6_UPDATE);
        byte[] both = java.util.Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        decode(DatagramDecoder.ofEvents(listener), both);
        assertThat(listener.flows()).hasSize(2);
        assertThat(listener.flows().get(1).has(Flow.HAS_TCP))
                .as("nothing left of the first")
                .isFalse();
    }

    @Test
    void aMalformedMessageDoesNotHideTheNext() {
        byte[] first = Samples.bytes(Samples.TCP_NEW);
        byte[] second = Samples.bytes(Samples.ICMPV6_UPDATE);
        first[20] = (byte) 0xff;
        byte[] both = java.util.Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        decode(DatagramDecoder.ofEvents(listener), both);
        assertThat(listener.malformed()).containsExactly("attribute of 255 bytes where 220 are left at offset 20");
        assertThat(listener.flows()).hasSize(1);
    }

    @Test
    void otherFamiliesAndTypesAreMalformed() {
        DatagramDecoder decoder = DatagramDecoder.ofEvents(listener);
        decodeHex(decoder, "14000000 0001 0000 00000000 00000000 07 00 0000");
        decodeHex(decoder, "14000000 0003 0000 00000000 00000000 02 00 0000");
        decodeHex(decoder, "14000000 0002 0000 00000000 00000000 02 00 0000");
        decodeHex(decoder, "14000000 0001 0000 00000000 00000000 02 00 0000");
        decodeHex(decoder, "10000000 0001 0000 00000000 00000000");
        decodeHex(decoder, "0f000000 0001 0000 00000000 00000000");
        decodeHex(decoder, "10000080 0001 0000 00000000 00000000");
        decodeHex(decoder, "14000000 0300 0000 00000000 00000000 00000000");
        assertThat(listener.malformed())
                .containsExactly(
                        "nfgen_family 7 is neither AF_INET nor AF_INET6",
                        "message of unexpected type 0x300",
                        "expectation without tuple, mask or master at offset 20",
                        "no CTA_TUPLE_ORIG",
                        "conntrack message of 16 bytes, shorter than its header",
                        "message of 15 bytes at offset 0 where 16 are left",
                        "message of 2147483664 bytes at offset 0 where 16 are left",
                        "answer without a question, type 3");
        assertThat(listener.heard()).isEmpty();
    }

    @Test
    void aDumpEndsWithDone() {
        DatagramDecoder decoder = DatagramDecoder.ofDump(listener);
        decode(decoder, Samples.bytes(Samples.TCP_NEW));
        assertThat(listener.heard().getFirst().type()).isEqualTo(EventType.DUMP);
        assertThat(decoder.isFinished()).isFalse();
        decodeHex(decoder, "14000000 0300 0200 00000000 00000000 00000000");
        assertThat(decoder.isFinished()).isTrue();
        assertThat(listener.ends).hasValue(1);
        assertThat(listener.failure).isNull();
    }

    @Test
    void anInterruptedDumpIsToldApart() {
        DatagramDecoder decoder = DatagramDecoder.ofDump(listener);
        byte[] interrupted = Samples.bytes(Samples.TCP_NEW);
        interrupted[6] = (byte) (interrupted[6] | Netlink.NLM_F_DUMP_INTR);
        decode(decoder, interrupted);
        decodeHex(decoder, "14000000 0300 0200 00000000 00000000 00000000");
        assertThat(listener.ends).hasValue(0);
        assertThat(listener.failure).isNotNull().matches(NetlinkException::isInterrupted);
    }

    @Test
    void aFailedDumpSaysWhyInTheKernelsWords() {
        String request = "14000000 0101 0103 00000000 00000000";
        String text = "0d00 0100 6e6f7420 6e6f7721 00000000";
        String offset = "0800 0200 18000000";
        decodeHex(
                DatagramDecoder.ofDump(listener),
                "3c000000 0200 0003 00000000 00000000 f0ffffff" + request + text + offset);
        assertThat(listener.failure)
                .hasMessage("conntrack dump: EBUSY (not now! at byte 24 of the request)")
                .extracting(NetlinkException::errno)
                .isEqualTo(Errno.EBUSY);
    }

    @Test
    void anErrorInDoneIsAFailure() {
        decodeHex(DatagramDecoder.ofDump(listener), "14000000 0300 0200 00000000 00000000 f4ffffff");
        assertThat(listener.failure).hasMessageContaining("ENOMEM");
        assertThat(listener.ends).hasValue(0);
    }

    @Test
    void aDoneWithoutAnErrorNumberIsNoEnd() {
        decodeHex(DatagramDecoder.ofDump(listener), "10000000 0300 0200 00000000 00000000");
        assertThat(listener.ends).hasValue(0);
        assertThat(listener.failure).isNotNull();
    }

    @Test
    void stoppedInTheMiddleOfADatagram() {
        byte[] one = Samples.bytes(Samples.TCP_NEW);
        byte[] two = java.util.Arrays.copyOf(one, 2 * one.length);
        System.arraycopy(one, 0, two, one.length, one.length);
        DatagramDecoder[] decoder = new DatagramDecoder[1];
        RecordingListener stopping = new RecordingListener() {
            @Override
            public void onFlow(EventType type, Flow flow, int portId) {
                super.onFlow(type, flow, portId);
                decoder[0].stop();
            }
        };
        decoder[0] = DatagramDecoder.ofEvents(stopping);
        decode(decoder[0], two);
        assertThat(stopping.heard()).hasSize(1);
    }

    /** The datagram's offset in the memory must not matter. */
    @Test
    void anywhereInMemory() {
        byte[] bytes = Samples.bytes(Samples.TCP_NEW);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(bytes.length + 21, 8);
            MemorySegment.copy(MemorySegment.ofArray(bytes), 0, memory, 13, bytes.length);
            DatagramDecoder.ofEvents(listener).decode(memory, 13, bytes.length);
        }
        listener.assertNothingMalformed();
        assertThat(listener.flows().getFirst().timeout).isEqualTo(432000);
    }
}
