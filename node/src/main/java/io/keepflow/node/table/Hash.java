package io.keepflow.node.table;

import io.keepflow.protocol.Flow;
import io.keepflow.protocol.Tuple;

/** Hashes of a flow's identity. */
final class Hash {
    private static final long GOLDEN = 0x9e3779b97f4a7c15L;

    private Hash() {}

    /** Identity under a seed: a random one for the index, that no sender of packets can predict; 0 for digests, equal everywhere. */
    static long identity(Flow flow, long seed) {
        Tuple t = flow.original;
        long h = seed + GOLDEN;
        h = mix(h ^ t.srcLow);
        h = mix(h ^ t.dstLow);
        if (flow.family == Flow.IPV6) {
            h = mix(h ^ t.srcHigh);
            h = mix(h ^ t.dstHigh);
        }
        h = mix(h ^ ((long) t.l4Src << 48 | (long) t.l4Dst << 32 | (long) flow.zone << 16 | flow.zoneOriginal));
        return mix(h ^ ((long) flow.family << 8 | flow.protocol));
    }

    /** What one flow in one version adds to a digest. */
    static long state(long identity, long version) {
        return mix(identity ^ mix(version));
    }

    /** The finaliser of SplitMix64 (Steele, Lea, Flood 2014): every input bit changes every output bit with even odds. */
    static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
