package io.keepflow.crypto;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The nonces that this run challenges others with, and the pace of handshake datagrams.
 *
 * <p>Nothing is remembered of a challenge that is under way, so nothing can be filled up: the nonce is derived from a secret
 * of this run, the challenged boot and the time in steps of {@link #STEP_NANOS}, and is good for that step and the next.
 */
final class Challenges {
    static final int NONCE_BYTES = 16;
    static final long STEP_NANOS = TimeUnit.SECONDS.toNanos(2);

    /** At most one handshake datagram of a kind per boot and source in this time. */
    static final long PACE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    /** Boots and sources share these by a hash that others cannot foresee; challenges one half, responses the other. */
    private static final int PACE_SLOTS = 512;

    private static final long SPREAD = 0x9E3779B97F4A7C15L;

    private final byte[] secret = new byte[ClusterKey.LENGTH_BYTES];
    private final long hashSeed;
    private final AtomicLongArray lastSentNanos = new AtomicLongArray(PACE_SLOTS);

    Challenges(long nowNanos, SecureRandom random) {
        random.nextBytes(secret);
        hashSeed = random.nextLong();
        for (int i = 0; i < PACE_SLOTS; i++) {
            lastSentNanos.set(i, nowNanos - PACE_NANOS);
        }
    }

    byte[] nonce(BootId challenged, long nowNanos) {
        return nonceOfStep(challenged, Math.floorDiv(nowNanos, STEP_NANOS));
    }

    /** Whether this run gave out {@code nonce} to {@code challenged} in this step or the one before. */
    boolean isOurs(byte[] nonce, BootId challenged, long nowNanos) {
        long step = Math.floorDiv(nowNanos, STEP_NANOS);
        return MessageDigest.isEqual(nonce, nonceOfStep(challenged, step))
                || MessageDigest.isEqual(nonce, nonceOfStep(challenged, step - 1));
    }

    private byte[] nonceOfStep(BootId challenged, long step) {
        ByteBuffer info = ByteBuffer.allocate(BootId.LENGTH_BYTES + Long.BYTES);
        challenged.put(info);
        info.putLong(step);
        return Hkdf.expand(secret, info.array(), NONCE_BYTES);
    }

    /** Whether a handshake datagram may be sent now; if so, the next has to wait. */
    boolean mayReply(byte kind, BootId peer, Object destination, long nowNanos) {
        int slot = slot(kind, peer, destination);
        long last = lastSentNanos.get(slot);
        return nowNanos - last >= PACE_NANOS && lastSentNanos.compareAndSet(slot, last, nowNanos);
    }

    private int slot(byte kind, BootId peer, Object destination) {
        long hash = (hashSeed ^ peer.high()) * SPREAD;
        hash = (hash ^ (hash >>> 32) ^ peer.low()) * SPREAD;
        hash = (hash ^ (hash >>> 32) ^ destination.hashCode()) * SPREAD;
        int half = kind == SealedHeader.CHALLENGE ? 0 : PACE_SLOTS / 2;
        return half + (int) (hash >>> (Long.SIZE - Byte.SIZE));
    }
}
