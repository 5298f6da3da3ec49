package io.keepflow.it.bench;

import io.keepflow.it.lab.SyncLink;
import java.io.IOException;

/**
 * What the daemons have used and done until a moment, or between two.
 *
 * @param linkBytes sent by all on the sync link, Ethernet headers included
 */
record Usage(
        long wallNanos,
        long activeCpuNanos,
        long standbyCpuNanos,
        long activeEvents,
        long activeOverruns,
        long standbyOverruns,
        long linkBytes,
        long linkPackets) {
    /** Until now. */
    static Usage of(Bed bed) throws Exception {
        Contestant contestant = bed.contestant();
        Contestant.Counts active = contestant.counts(bed.active());
        Contestant.Counts standby = contestant.counts(bed.standby());
        SyncLink.Traffic ours = bed.active().syncLink().traffic();
        SyncLink.Traffic theirs = bed.standby().syncLink().traffic();
        return new Usage(
                System.nanoTime(),
                ProcessCpu.nanos(contestant.pid(bed.active())),
                ProcessCpu.nanos(contestant.pid(bed.standby())),
                active.events(),
                active.overruns(),
                standby.overruns(),
                ours.sentBytes() + theirs.sentBytes(),
                ours.sentPackets() + theirs.sentPackets());
    }

    Usage since(Usage earlier) {
        return new Usage(
                wallNanos - earlier.wallNanos,
                activeCpuNanos - earlier.activeCpuNanos,
                standbyCpuNanos - earlier.standbyCpuNanos,
                activeEvents - earlier.activeEvents,
                activeOverruns - earlier.activeOverruns,
                standbyOverruns - earlier.standbyOverruns,
                linkBytes - earlier.linkBytes,
                linkPackets - earlier.linkPackets);
    }

    /** Fails when the kernel dropped events: then nobody knows what was paid for. */
    void requireNothingLost() throws IOException {
        long overruns = activeOverruns + standbyOverruns;
        if (overruns != 0) {
            throw new IOException("the kernel dropped events " + overruns + " times while CPU time was measured");
        }
    }

    double activeMicrosPerEvent() {
        return activeCpuNanos / 1e3 / activeEvents;
    }

    double standbyMicrosPer(long connections) {
        return standbyCpuNanos / 1e3 / connections;
    }

    double wallSeconds() {
        return wallNanos / 1e9;
    }
}
