package io.keepflow.node.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.keepflow.protocol.Flow;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * No bytes can make the decoder throw or read beyond the message. Each input stands at the very end of its memory, which is
 * bounds-checked: reading on would throw.
 */
class DatagramDecoderFuzzTest {
    private static final int MUTATIONS = 300_000;
    private static final List<byte[]> SAMPLES = List.of(
            Samples.bytes(Samples.TCP_NEW), Samples.bytes(Samples.TCP_DESTROY), Samples.bytes(Samples.ICMPV6_UPDATE));

    private static final class Counter implements FlowListener {
        long flows;
        long malformed;

        @Override
        public void onFlow(EventType type, Flow flow, int portId) {
            flows++;
        }

        @Override
        public void onMalformed(String reason) {
            if (reason.isBlank()) {
                throw new AssertionError("malformed without a reason");
            }
            malformed++;
        }
    }

    /** A datagram that ends early, but says that it does not. */
    @Test
    void everyTruncatedDatagramIsMalformed() {
        for (byte[] sample : SAMPLES) {
            for (int length = 1; length < sample.length; length++) {
                Counter counter = new Counter();
                decode(DatagramDecoder.ofEvents(counter), Arrays.copyOf(sample, length));
                assertThat(counter.malformed).as("cut to " + length).isEqualTo(1);
                assertThat(counter.flows).isZero();
            }
        }
    }

    /** A message that ends early and says so: malformed, or whole up to there. */
    @Test
    void everyShortenedMessageIsToldOnce() {
        for (byte[] sample : SAMPLES) {
            for (int length = Netlink.NLMSG_HDRLEN; length < sample.length; length++) {
                byte[] cut = Arrays.copyOf(sample, length);
                cut[0] = (byte) length;
                cut[1] = (byte) (length >>> 8);
                Counter counter = new Counter();
                decode(DatagramDecoder.ofEvents(counter), cut);
                assertThat(counter.malformed + counter.flows)
                        .as("cut to " + length)
                        .isEqualTo(1);
                assertThat(length >= tuplesEnd(sample) || counter.flows == 0)
                        .as("cut to " + length)
                        .isTrue();
            }
        }
    }

    private static int tuplesEnd(byte[] sample) {
        return Netlink.NFGEN_HDRLEN + (sample[Netlink.NFGEN_HDRLEN] & 0xff);
    }

    @Test
    void mutationsNeitherThrowNorReadBeyond() {
        long seed = Long.getLong("keepflow.seed", System.nanoTime());
        System.out.println("DatagramDecoderFuzzTest: -Dkeepflow.seed=" + seed);
        SplittableRandom random = new SplittableRandom(seed);
        Counter counter = new Counter();
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] input = mutated(random);
            DatagramDecoder decoder =
                    random.nextBoolean() ? DatagramDecoder.ofEvents(counter) : DatagramDecoder.ofDump(counter);
            try {
                decode(decoder, input);
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + " mutation " + i, e);
            }
        }
        assertThat(counter.malformed).isGreaterThan(MUTATIONS / 10);
        assertThat(counter.flows).isGreaterThan(MUTATIONS / 10);
    }

    private static byte[] mutated(SplittableRandom random) {
        byte[] input = SAMPLES.get(random.nextInt(SAMPLES.size())).clone();
        int changes = 1 + random.nextInt(4);
        for (int i = 0; i < changes; i++) {
            switch (random.nextInt(4)) {
                case 0 -> input[random.nextInt(input.length)] = (byte) random.nextInt();
                case 1 -> input[random.nextInt(input.length)] ^= (byte) (1 << random.nextInt(8));
                case 2 -> {
                    int at = random.nextInt(input.length / 4) * 4;
                    int length = random.nextInt(64);
                    input[at] = (byte) length;
                    input[Math.min(at + 1, input.length - 1)] = 0;
                }
                default -> {
                    int from = random.nextInt(input.length);
                    int to = random.nextInt(input.length);
                    int length = random.nextInt(input.length - Math.max(from, to) + 1);
                    System.arraycopy(input, from, input, to, length);
                }
            }
        }
        return input;
    }

    @Test
    void decodingAllocatesNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Counter counter = new Counter();
        DatagramDecoder decoder = DatagramDecoder.ofEvents(counter);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment[] inputs =
                    SAMPLES.stream().map(bytes -> Samples.copy(arena, bytes)).toArray(MemorySegment[]::new);
            decodeMany(decoder, inputs, 50_000);
            long before = threads.getCurrentThreadAllocatedBytes();
            decodeMany(decoder, inputs, 100_000);
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertThat(counter.flows).isEqualTo(150_000L * inputs.length);
            assertThat(allocated).as("bytes for 300,000 events").isLessThan(10_000);
        }
    }

    private static void decodeMany(DatagramDecoder decoder, MemorySegment[] inputs, int times) {
        for (int i = 0; i < times; i++) {
            for (MemorySegment input : inputs) {
                decoder.decode(input, 0, (int) input.byteSize());
            }
        }
    }

    private static void decode(DatagramDecoder decoder, byte[] bytes) {
        decoder.decode(MemorySegment.ofArray(bytes), 0, bytes.length);
    }
}
