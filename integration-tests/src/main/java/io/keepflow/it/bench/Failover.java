package io.keepflow.it.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * From MASTER until the new active firewall's kernel has all flows. conntrackd, with its external cache, is told to commit it, as
 * its notify script does first. Keepflow's kernel has them before, which is checked; what is measured is how soon that is seen
 * after keepalived's word, and when the node says that it is active.
 */
final class Failover {
    private static final Duration LIMIT = Duration.ofMinutes(2);

    private final Bed bed;
    private final Results results;

    Failover(Bed bed, Results results) {
        this.bed = bed;
        this.results = results;
    }

    void measure(int flows, Figure complete, Figure role) throws Exception {
        Fill.create(bed.active(), 0, flows);
        if (bed.contestant() instanceof ConntrackdContestant conntrackd) {
            Fill.awaitCached(conntrackd, bed.standby(), flows, LIMIT);
            results.add(complete, bed.tool(), committed(conntrackd, flows));
        } else if (bed.contestant() instanceof KeepflowContestant keepflow) {
            Fill.awaitCount(bed.standby(), flows, LIMIT);
            long master = System.nanoTime();
            keepflow.notify(bed.standby(), "MASTER");
            long seen = Fill.awaitCount(bed.standby(), flows, LIMIT);
            results.add(complete, bed.tool(), (seen - master) / 1e6);
            keepflow.awaitRole(bed.standby(), "active");
            results.add(role, bed.tool(), (System.nanoTime() - master) / 1e6);
            requireAll(flows);
        }
    }

    private double committed(ConntrackdContestant conntrackd, int flows) throws Exception {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        long master = System.nanoTime();
        Thread.ofPlatform().daemon().name("commit").start(() -> {
            try {
                conntrackd.command(bed.standby(), "-c");
                done.complete(true);
            } catch (Exception e) {
                done.completeExceptionally(e);
            }
        });
        long complete = Fill.awaitCount(bed.standby(), flows, LIMIT);
        done.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        return (complete - master) / 1e6;
    }

    private void requireAll(int flows) throws Exception {
        long count = bed.standby().flowCount();
        if (count < flows) {
            throw new IOException("%d of %d flows are left after the takeover".formatted(count, flows));
        }
    }
}
