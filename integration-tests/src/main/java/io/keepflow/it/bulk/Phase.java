package io.keepflow.it.bulk;

import io.keepflow.it.lab.kernel.KernelComparison;
import java.util.List;

/**
 * One thing that happened to a cluster, and what came of it.
 *
 * @param name as {@code stream}
 * @param loadMs how long the kernel of the active firewall was being changed
 * @param convergedMs from then until the active node said that all others are in step
 * @param kernels compared right after that
 * @param wireBytes sent by all nodes on the sync link, Ethernet headers included
 * @param retransmissions messages that were asked for again and sent again
 * @param peakMegabytes the most memory that each node has had resident so far
 */
public record Phase(
        String name,
        long loadMs,
        long convergedMs,
        KernelComparison kernels,
        long wireBytes,
        long retransmissions,
        List<Long> peakMegabytes) {
    public Phase {
        peakMegabytes = List.copyOf(peakMegabytes);
    }

    @Override
    public String toString() {
        return "%s: %,d flows, load %.1f s, in step %.1f s later; %d missing, %d stale, %d different; %.1f MB, %,d sent again; peak RSS %s MB"
                .formatted(
                        name,
                        kernels.flows(),
                        loadMs / 1e3,
                        convergedMs / 1e3,
                        kernels.missing(),
                        kernels.stale(),
                        kernels.different(),
                        wireBytes / 1e6,
                        retransmissions,
                        peakMegabytes);
    }
}
