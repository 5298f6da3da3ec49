package io.keepflow.crypto;

import io.keepflow.crypto.Opener.Replies;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.function.LongSupplier;

/** The product's own seals, but with the chance and the time of a simulation, so that a run of it can be repeated. */
public final class SimulatedSeals {
    private final ClusterKey key;
    private final SecureRandom random;
    private final Map<Segment, String> keys = new HashMap<>();

    private record Segment(BootId boot, int number) {}

    public SimulatedSeals(Random chance) {
        random = new RepeatableRandom(chance);
        byte[] secret = new byte[ClusterKey.LENGTH_BYTES];
        random.nextBytes(secret);
        key = new ClusterKey(ClusterKey.FIRST_EPOCH, secret);
    }

    /** The sealer of a new run, {@code before} so many datagrams that the run's key changes from one segment to the next. */
    public Sealer sealer(long before) {
        return new Sealer(key, BootId.random(random), before == 0 ? 0 : (1L << SegmentKey.COUNTER_BITS) - before);
    }

    public <A> Opener<A> opener(Sealer sealer, Replies<A> replies, LongSupplier nanoTime) {
        return new Opener<>(sealer, replies, nanoTime, random);
    }

    /** The AES key and nonce salt of the datagram's segment, as its header tells them. */
    public String keyOf(byte[] datagram) {
        BootId boot = new BootId(SealedHeader.bootHigh(datagram, 0), SealedHeader.bootLow(datagram, 0));
        int segment = SegmentKey.segmentOf(counterOf(datagram));
        return keys.computeIfAbsent(new Segment(boot, segment), which -> {
            SegmentKey derived = SegmentKey.derive(key, boot, segment);
            return HexFormat.of().formatHex(derived.key().getEncoded())
                    + HexFormat.of().toHexDigits(derived.salt());
        });
    }

    /** The counter, the other part of the nonce. */
    public static long counterOf(byte[] datagram) {
        return SealedHeader.counter(datagram, 0);
    }

    /** Draws from the simulation's chance. */
    private static final class RepeatableRandom extends SecureRandom {
        private static final long serialVersionUID = 1L;

        private final Random chance;

        RepeatableRandom(Random chance) {
            this.chance = chance;
        }

        @Override
        public void nextBytes(byte[] bytes) {
            chance.nextBytes(bytes);
        }
    }
}
