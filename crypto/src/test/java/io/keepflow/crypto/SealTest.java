package io.keepflow.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is sealed is opened unchanged; what was changed, cut or sealed elsewhere is refused and counted. */
class SealTest {
    private final Wire wire = new Wire();
    private final ClusterKey key = ClusterKey.generate();
    private Wire.Endpoint sender;
    private Wire.Endpoint receiver;

    @BeforeEach
    void admit() {
        sender = wire.endpoint("sender", key);
        receiver = wire.endpoint("receiver", key);
        wire.admit(receiver, sender);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 15, 16, 17, 200, 1400, 60_000, Opener.MAX_DATAGRAM_BYTES - Sealer.OVERHEAD})
    void whatIsSealedIsOpened(int length) {
        byte[] payload = new byte[length];
        new Random(length).nextBytes(payload);
        byte[] datagram = sender.seal(payload);
        assertThat(receiver.open("sender", datagram)).isEqualTo(length);
        assertThat(receiver.clear(length)).isEqualTo(payload);
    }

    @Test
    void offsetsAreRespected() {
        byte[] in = "..payload..".getBytes(StandardCharsets.US_ASCII);
        byte[] sealed = new byte[100];
        int length = sender.sealer.seal(in, 2, 7, sealed, 30);
        byte[] out = new byte[20];
        assertThat(receiver.opener.open("sender", sealed, 30, length, out, 5)).isEqualTo(7);
        assertThat(new String(out, 5, 7, StandardCharsets.US_ASCII)).isEqualTo("payload");
        assertThat(sealed[29]).isZero();
        assertThat(sealed[30 + length]).isZero();
    }

    @Test
    void theHeaderIsAsDocumented() {
        Sealer sealer = new Sealer(
                new ClusterKey(0x0203, new byte[32]), new BootId(0x1011121314151617L, 0x2021222324252627L), 4);
        byte[] datagram = new byte[1 + Sealer.OVERHEAD];
        assertThat(sealer.seal(new byte[] {7}, 0, 1, datagram, 0)).isEqualTo(28 + 1 + 16);
        assertThat(HexFormat.of().formatHex(datagram, 0, 28))
                .isEqualTo(
                        "01" // version
                                + "00" // kind: DATA
                                + "0203" // epoch
                                + "10111213141516172021222324252627" // boot id
                                + "0000000000000005"); // counter
    }

    /** Pins the derivation and the cipher: a change would lock out every node of another build. */
    @Test
    void theSealOfAKnownDatagramStaysTheSame() {
        byte[] secret = HexFormat.of().parseHex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
        Sealer sealer = new Sealer(new ClusterKey(1, secret), new BootId(1, 2), 0);
        byte[] datagram = new byte[4 + Sealer.OVERHEAD];
        sealer.seal("flow".getBytes(StandardCharsets.US_ASCII), 0, 4, datagram, 0);
        assertThat(HexFormat.of().formatHex(datagram, 28, 48)).isEqualTo("df0c00a77cc98706a0a37ed16e0ca1a87db02771");
    }

    @Test
    void everyBitIsProtected() {
        byte[] datagram = sender.seal("a flow".getBytes(StandardCharsets.US_ASCII));
        for (int bit = 0; bit < datagram.length * 8; bit++) {
            byte[] tampered = datagram.clone();
            tampered[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(receiver.open("sender", tampered)).as("bit %d", bit).isNegative();
        }
        assertThat(receiver.open("sender", datagram))
                .as("the original after all forgeries")
                .isEqualTo(6);
    }

    @Test
    void everyTruncationIsRefused() {
        byte[] datagram = sender.seal(new byte[40]);
        for (int length = 0; length < datagram.length; length++) {
            int result = receiver.opener.open("sender", datagram, 0, length, new byte[100], 0);
            Rejection expected = length < Sealer.OVERHEAD ? Rejection.TRUNCATED : Rejection.KEY;
            assertThat(Rejection.of(result)).as("%d bytes", length).isEqualTo(expected);
        }
        assertThat(receiver.opener.rejected(Rejection.TRUNCATED)).isEqualTo(Sealer.OVERHEAD);
        assertThat(receiver.opener.rejected(Rejection.KEY)).isEqualTo(40);
    }

    @Test
    void appendedBytesAreRefused() {
        byte[] datagram = sender.seal(new byte[40]);
        assertRejected(java.util.Arrays.copyOf(datagram, datagram.length + 1), Rejection.KEY);
    }

    @Test
    void whatIsTooLongForTheBufferIsRefused() {
        byte[] datagram = sender.seal(new byte[40]);
        int result = receiver.opener.open("sender", datagram, 0, datagram.length, new byte[44], 5);
        assertThat(Rejection.of(result)).isEqualTo(Rejection.OVERSIZED);
        assertRejected(new byte[Opener.MAX_DATAGRAM_BYTES + 1], Rejection.OVERSIZED);
        assertThat(receiver.opener.rejected(Rejection.OVERSIZED)).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 0x7f, 0xff})
    void anotherVersionIsRefused(int version) {
        byte[] datagram = sender.seal(new byte[40]);
        datagram[0] = (byte) version;
        assertRejected(datagram, Rejection.VERSION);
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 0x7f, 0xff})
    void anUnknownKindIsRefused(int kind) {
        byte[] datagram = sender.seal(new byte[40]);
        datagram[1] = (byte) kind;
        assertRejected(datagram, Rejection.VERSION);
    }

    @Test
    void anotherKeyIsRefusedAndNotAnswered() {
        assertRejected(wire.endpoint("stranger", ClusterKey.generate()).seal(new byte[40]), Rejection.KEY);
        assertThat(wire.inFlight).isEmpty();
    }

    @Test
    void anotherEpochOfTheSameKeyIsRefusedAndNotAnswered() {
        Wire.Endpoint ahead = wire.endpoint("ahead", new ClusterKey(key.epoch() + 1, key.secret()));
        assertRejected(ahead.seal(new byte[40]), Rejection.KEY);
        assertThat(wire.inFlight).isEmpty();
    }

    @Test
    void ownDatagramsAreRecognised() {
        assertRejected(receiver.seal(new byte[40]), Rejection.SELF);
    }

    @Test
    void garbageIsRefused() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 2000; i++) {
            byte[] garbage = new byte[random.nextInt(200)];
            random.nextBytes(garbage);
            if (garbage.length > 1 && random.nextBoolean()) {
                garbage[0] = SealedHeader.VERSION;
                garbage[1] = (byte) random.nextInt(3);
            }
            assertThat(receiver.open("sender", garbage))
                    .as("seed %d, round %d", seed, i)
                    .isNegative();
        }
        assertThat(wire.inFlight).as("nothing is answered").isEmpty();
    }

    @Test
    void countersOutsideTheLimitAreRefused() {
        for (long counter : new long[] {0, -1, Long.MIN_VALUE, Sealer.COUNTER_LIMIT, Long.MAX_VALUE}) {
            byte[] datagram = sender.seal(new byte[40]);
            SealedHeader.write(datagram, 0, SealedHeader.DATA, key.epoch(), sender.sealer.boot(), counter);
            assertRejected(datagram, Rejection.KEY);
        }
    }

    @Test
    void aShortOutputArrayCostsNoCounter() {
        assertThatThrownBy(() -> sender.sealer.seal(new byte[40], 0, 40, new byte[40 + Sealer.OVERHEAD - 1], 0))
                .isInstanceOf(IndexOutOfBoundsException.class);
        byte[] next = sender.seal();
        byte[] afterNext = sender.seal();
        assertThat(SealedHeader.counter(afterNext, 0) - SealedHeader.counter(next, 0))
                .isEqualTo(1);
    }

    @Test
    void aRunStopsAtItsLastCounter() {
        Sealer last = new Sealer(key, BootId.random(), Sealer.COUNTER_LIMIT - 2);
        byte[] out = new byte[Sealer.OVERHEAD];
        last.seal(new byte[0], 0, 0, out, 0);
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> last.seal(new byte[0], 0, 0, out, 0))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("restart");
        }
    }

    @Test
    void theKeyChangesWithEverySegmentAndLateDatagramsOfTheLastOneStillOpen() {
        long lastOfSegment = (1L << SegmentKey.COUNTER_BITS) - 1;
        Wire.Endpoint old = wire.endpoint("old", new Sealer(key, BootId.random(), lastOfSegment - 10));
        wire.admit(receiver, old);
        byte[] late = {};
        for (int i = 0; i < 20; i++) {
            byte[] datagram = old.seal((byte) i);
            if (SealedHeader.counter(datagram, 0) == lastOfSegment) {
                late = datagram;
            } else {
                assertThat(receiver.open("old", datagram)).as("datagram %d", i).isEqualTo(1);
            }
        }
        assertThat(receiver.open("old", late)).isEqualTo(1);
        SegmentKey before = SegmentKey.derive(key, old.sealer.boot(), 0);
        SegmentKey after = SegmentKey.derive(key, old.sealer.boot(), 1);
        assertThat(before.key()).isNotEqualTo(after.key());
    }

    @Test
    void aRunThatIsSegmentsAheadIsOpened() {
        BootId boot = BootId.random();
        wire.admit(receiver, wire.endpoint("far", new Sealer(key, boot, 0)));
        for (long segment : new long[] {1, 2, 3, 17}) {
            Wire.Endpoint ahead = wire.endpoint("far", new Sealer(key, boot, segment << SegmentKey.COUNTER_BITS));
            assertThat(receiver.open("far", ahead.seal(new byte[5])))
                    .as("segment %d", segment)
                    .isEqualTo(5);
            assertThat(receiver.open("far", ahead.seal(new byte[6])))
                    .as("segment %d", segment)
                    .isEqualTo(6);
        }
    }

    private void assertRejected(byte[] datagram, Rejection expected) {
        long before = receiver.opener.rejected(expected);
        assertThat(Rejection.of(receiver.open("sender", datagram))).isEqualTo(expected);
        assertThat(receiver.opener.rejected(expected)).isEqualTo(before + 1);
    }
}
