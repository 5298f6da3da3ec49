package io.keepflow.crypto;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Opens what the peers' {@link Sealer}s sealed: checks the replay window, authenticates and decrypts, then moves the window.
 *
 * <p>A run of a peer is admitted only after it has answered a challenge of this run, so that recorded datagrams of any run,
 * dead or alive, get nothing in, not even into a receiver that has just started and remembers nothing: from its RESPONSE on
 * the peer's datagrams are opened, and all before it count as replays. What arrives earlier is dropped; protocols above send
 * again. A run that is challenged by a run it does not know challenges it back at once.
 *
 * <p>Any number of threads may open at once. The clear text of a datagram that was refused must not be looked at.
 *
 * @param <A> the address of a datagram's sender, to which handshake datagrams are sent; with a usable {@code hashCode}
 */
public final class Opener<A> {
    /** The largest payload of UDP over IPv4; RFC 768. */
    public static final int MAX_DATAGRAM_BYTES = 65_507;

    /** What {@link #open} returns for a datagram of the handshake: nothing in it for the caller. */
    private static final int HANDSHAKE_DONE = 0;

    private static final int HANDSHAKE_BYTES = Challenges.NONCE_BYTES + BootId.LENGTH_BYTES;

    /** Sends a sealed datagram of the handshake: the first {@code length} bytes of {@code datagram}. */
    @FunctionalInterface
    public interface Replies<A> {
        void send(A destination, byte[] datagram, int length);
    }

    private final Sealer sealer;
    private final ClusterKey clusterKey;
    private final BootId self;
    private final Replies<A> replies;
    private final LongSupplier nanoTime;
    private final Admission admission = new Admission();
    private final Challenges challenges;
    private final ThreadLocal<AesGcm> ciphers = ThreadLocal.withInitial(AesGcm::create);
    private final Map<Rejection, LongAdder> rejected = new EnumMap<>(Rejection.class);

    /** An opener for the run that {@code sealer} seals for, and that answers through it. */
    public Opener(Sealer sealer, Replies<A> replies) {
        this(sealer, replies, System::nanoTime, new SecureRandom());
    }

    Opener(Sealer sealer, Replies<A> replies, LongSupplier nanoTime, SecureRandom random) {
        this.sealer = sealer;
        this.clusterKey = sealer.clusterKey();
        this.self = sealer.boot();
        this.replies = replies;
        this.nanoTime = nanoTime;
        this.challenges = new Challenges(nanoTime.getAsLong(), random);
        for (Rejection reason : Rejection.values()) {
            rejected.put(reason, new LongAdder());
        }
    }

    /**
     * Opens a datagram that came from {@code source}, and answers it if it belongs to the handshake.
     *
     * @return the length of the clear text in {@code out}; 0 when there is none for the caller; or a negative number, see
     *     {@link Rejection#of}
     */
    public int open(A source, byte[] in, int offset, int length, byte[] out, int outOffset) {
        Objects.checkFromIndexSize(offset, length, in.length);
        Objects.checkIndex(outOffset, out.length);
        int result = check(source, in, offset, length, out, outOffset);
        if (result < 0) {
            counter(Rejection.of(result)).increment();
        }
        return result;
    }

    private int check(A source, byte[] in, int offset, int length, byte[] out, int outOffset) {
        if (length < Sealer.OVERHEAD) {
            return Rejection.TRUNCATED.result();
        }
        if (length > MAX_DATAGRAM_BYTES || length - Sealer.OVERHEAD > out.length - outOffset) {
            return Rejection.OVERSIZED.result();
        }
        byte kind = SealedHeader.kind(in, offset);
        if (SealedHeader.version(in, offset) != SealedHeader.VERSION || kind < 0 || kind > SealedHeader.RESPONSE) {
            return Rejection.VERSION.result();
        }
        long bootHigh = SealedHeader.bootHigh(in, offset);
        long bootLow = SealedHeader.bootLow(in, offset);
        if (self.is(bootHigh, bootLow)) {
            return Rejection.SELF.result();
        }
        long counter = SealedHeader.counter(in, offset);
        if (SealedHeader.epoch(in, offset) != clusterKey.epoch() || counter <= 0 || counter >= Sealer.COUNTER_LIMIT) {
            return Rejection.KEY.result();
        }
        Run run = admission.find(bootHigh, bootLow);
        return run != null
                ? openAdmitted(run, source, in, offset, length, out, outOffset)
                : openUnknown(new BootId(bootHigh, bootLow), source, in, offset, length, out, outOffset);
    }

    private int openAdmitted(Run run, A source, byte[] in, int offset, int length, byte[] out, int outOffset) {
        long counter = SealedHeader.counter(in, offset);
        if (!run.isFresh(counter)) {
            return Rejection.REPLAY.result();
        }
        SegmentKey key = run.keyOf(counter);
        int opened = ciphers.get().open(key, counter, in, offset, length, out, outOffset);
        if (opened < 0) {
            return Rejection.KEY.result();
        }
        if (!run.advance(counter, key, nanoTime.getAsLong())) {
            return Rejection.REPLAY.result();
        }
        return switch (SealedHeader.kind(in, offset)) {
            case SealedHeader.DATA -> opened;
            case SealedHeader.CHALLENGE -> {
                answer(run.boot(), source, out, outOffset, opened);
                yield HANDSHAKE_DONE;
            }
            default -> HANDSHAKE_DONE;
        };
    }

    private int openUnknown(BootId boot, A source, byte[] in, int offset, int length, byte[] out, int outOffset) {
        long counter = SealedHeader.counter(in, offset);
        SegmentKey key = SegmentKey.derive(clusterKey, boot, SegmentKey.segmentOf(counter));
        int opened = ciphers.get().open(key, counter, in, offset, length, out, outOffset);
        if (opened < 0) {
            return Rejection.KEY.result();
        }
        return switch (SealedHeader.kind(in, offset)) {
            case SealedHeader.CHALLENGE -> {
                answer(boot, source, out, outOffset, opened);
                challenge(boot, source);
                yield HANDSHAKE_DONE;
            }
            case SealedHeader.RESPONSE -> {
                if (!isAnswer(boot, out, outOffset, opened)) {
                    yield Rejection.NOT_ADMITTED.result();
                }
                long now = nanoTime.getAsLong();
                admission.admit(new Run(clusterKey, boot, key, counter, now), now);
                yield HANDSHAKE_DONE;
            }
            default -> {
                challenge(boot, source);
                yield Rejection.NOT_ADMITTED.result();
            }
        };
    }

    private void challenge(BootId boot, A source) {
        long now = nanoTime.getAsLong();
        if (challenges.mayReply(SealedHeader.CHALLENGE, boot, source, now)) {
            reply(SealedHeader.CHALLENGE, source, challenges.nonce(boot, now), boot);
        }
    }

    /** Answers a challenge that is meant for this run. */
    private void answer(BootId challenger, A source, byte[] in, int offset, int length) {
        byte[] nonce = nonceFor(self, in, offset, length);
        if (nonce != null && challenges.mayReply(SealedHeader.RESPONSE, challenger, source, nanoTime.getAsLong())) {
            reply(SealedHeader.RESPONSE, source, nonce, challenger);
        }
    }

    private boolean isAnswer(BootId boot, byte[] in, int offset, int length) {
        byte[] nonce = nonceFor(self, in, offset, length);
        return nonce != null && challenges.isOurs(nonce, boot, nanoTime.getAsLong());
    }

    /** The nonce of a handshake datagram's clear text, or null when it is malformed or not addressed to {@code addressee}. */
    private static byte @Nullable [] nonceFor(BootId addressee, byte[] in, int offset, int length) {
        if (length != HANDSHAKE_BYTES) {
            return null;
        }
        ByteBuffer text = ByteBuffer.wrap(in, offset, length);
        byte[] nonce = new byte[Challenges.NONCE_BYTES];
        text.get(nonce);
        return BootId.get(text).equals(addressee) ? nonce : null;
    }

    private void reply(byte kind, A destination, byte[] nonce, BootId addressee) {
        ByteBuffer text = ByteBuffer.allocate(HANDSHAKE_BYTES).put(nonce);
        addressee.put(text);
        byte[] datagram = new byte[HANDSHAKE_BYTES + Sealer.OVERHEAD];
        int sealed = sealer.seal(kind, text.array(), 0, HANDSHAKE_BYTES, datagram, 0);
        replies.send(destination, datagram, sealed);
    }

    /** How many datagrams were refused for {@code reason} so far; may be asked by any thread. */
    public long rejected(Rejection reason) {
        return counter(reason).sum();
    }

    private LongAdder counter(Rejection reason) {
        return Objects.requireNonNull(rejected.get(reason));
    }

    /** How many datagrams were refused so far, by reason. */
    public Map<Rejection, Long> rejections() {
        Map<Rejection, Long> counts = new EnumMap<>(Rejection.class);
        for (Rejection reason : Rejection.values()) {
            counts.put(reason, rejected(reason));
        }
        return Collections.unmodifiableMap(counts);
    }

    /** How many runs of peers are admitted. */
    public int admitted() {
        return admission.size();
    }
}
