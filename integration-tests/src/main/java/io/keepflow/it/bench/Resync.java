package io.keepflow.it.bench;

import java.time.Duration;

/** From the start of a standby, with an empty kernel, until its kernel has all flows of the active firewall. */
final class Resync {
    private static final Duration LIMIT = Duration.ofMinutes(2);

    private final Bed bed;
    private final Results results;

    /** @param bed on which only the active firewall's daemon runs */
    Resync(Bed bed, Results results) {
        this.bed = bed;
        this.results = results;
    }

    /** As in a lab: the active firewall listens to the kernel that the standby's entries are made in. */
    void measure(int flows, Figure fromStart, Figure fromReady) throws Exception {
        fill(flows);
        measureStart(flows, fromStart, fromReady);
    }

    /** As on two machines: the active firewall's daemon does not, though its flows stay as they are. */
    void measureOwnKernel(int flows, Figure fromStart, Figure fromReady) throws Exception {
        fill(flows);
        EventSubscription.end(bed.contestant().pid(bed.active()));
        measureStart(flows, fromStart, fromReady);
    }

    private void fill(int flows) throws Exception {
        Fill.create(bed.active(), 0, flows);
        Thread.sleep(1000);
    }

    private void measureStart(int flows, Figure fromStart, Figure fromReady) throws Exception {
        long start = System.nanoTime();
        long ready = Readiness.launch(bed.contestant(), bed.standby());
        if (bed.contestant() instanceof ConntrackdContestant conntrackd) {
            // It asks for the resync by itself when it starts (StartupResync).
            Fill.awaitCached(conntrackd, bed.standby(), flows, LIMIT);
            conntrackd.command(bed.standby(), "-c");
        } else if (bed.contestant() instanceof KeepflowContestant keepflow) {
            keepflow.notify(bed.standby(), "BACKUP");
        }
        long complete = Fill.awaitCount(bed.standby(), flows, LIMIT);
        results.add(fromStart, bed.tool(), (complete - start) / 1e9);
        results.add(fromReady, bed.tool(), (complete - ready) / 1e9);
    }
}
