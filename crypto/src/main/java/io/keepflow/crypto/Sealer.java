package io.keepflow.crypto;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Seals the datagrams of one run of a node: encrypts and authenticates each under a key and nonce that are never used again.
 *
 * <p>Any number of threads may seal at once. They share one atomic counter, from which nonce and key follow, and nothing
 * else: each thread has its own cipher. Layout in {@link SealedHeader}, derivation and limits in {@link SegmentKey}.
 */
public final class Sealer {
    /** Bytes that sealing adds to a datagram. */
    public static final int OVERHEAD = SealedHeader.LENGTH + AesGcm.TAG_BYTES;

    /** Counters end here; at 100,000 datagrams a second a run gets there after 89 years. */
    static final long COUNTER_LIMIT = 1L << 48;

    private final ClusterKey clusterKey;
    private final BootId boot;
    private final AtomicLong lastCounter;
    private final ThreadLocal<AesGcm> ciphers = ThreadLocal.withInitial(AesGcm::create);
    private volatile SegmentKey current;

    /** A sealer for this run, with a boot id that was never used before. */
    public Sealer(ClusterKey clusterKey) {
        this(clusterKey, BootId.random(), 0);
    }

    Sealer(ClusterKey clusterKey, BootId boot, long lastCounter) {
        this.clusterKey = clusterKey;
        this.boot = boot;
        this.lastCounter = new AtomicLong(lastCounter);
        this.current = SegmentKey.derive(clusterKey, boot, SegmentKey.segmentOf(lastCounter));
    }

    /**
     * Seals {@code length} bytes of {@code in} into {@code out} and returns how many bytes it wrote: {@code length} + {@link
     * #OVERHEAD}. The two ranges must not overlap.
     *
     * @throws IndexOutOfBoundsException when {@code out} is too short; nothing was sealed
     * @throws IllegalStateException when the run has used up its counters
     */
    public int seal(byte[] in, int offset, int length, byte[] out, int outOffset) {
        return seal(SealedHeader.DATA, in, offset, length, out, outOffset);
    }

    int seal(byte kind, byte[] in, int offset, int length, byte[] out, int outOffset) {
        Objects.checkFromIndexSize(offset, length, in.length);
        Objects.checkFromIndexSize(outOffset, length + OVERHEAD, out.length);
        long counter = lastCounter.incrementAndGet();
        if (counter >= COUNTER_LIMIT) {
            lastCounter.set(COUNTER_LIMIT);
            throw new IllegalStateException("this run has sealed 2^48 datagrams, the limit; restart the node");
        }
        SealedHeader.write(out, outOffset, kind, clusterKey.epoch(), boot, counter);
        return SealedHeader.LENGTH + ciphers.get().seal(keyOf(counter), counter, in, offset, length, out, outOffset);
    }

    /** The key of the counter's segment. Threads that cross into a new segment may each derive it; the results are equal. */
    private SegmentKey keyOf(long counter) {
        int segment = SegmentKey.segmentOf(counter);
        SegmentKey key = current;
        if (key.segment() != segment) {
            key = SegmentKey.derive(clusterKey, boot, segment);
            current = key;
        }
        return key;
    }

    /** Whose cipher seals and opens in this process, for the log. */
    public static String cipher() {
        return OpenSsl.isUsable() ? "OpenSSL" : "Java (" + OpenSsl.LIBRARY + " is not there, or has no AES-256-GCM)";
    }

    BootId boot() {
        return boot;
    }

    ClusterKey clusterKey() {
        return clusterKey;
    }
}
