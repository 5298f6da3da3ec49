package io.keepflow.crypto;

import java.util.Arrays;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The runs that have shown that they live now. Bounded; a run that was not heard for minutes has to show it again. */
final class Admission {
    static final int MAX_RUNS = 64;
    static final long IDLE_NANOS = TimeUnit.MINUTES.toNanos(5);

    private volatile Run[] runs = {};

    @Nullable
    Run find(long bootHigh, long bootLow) {
        for (Run run : runs) {
            if (run.boot().is(bootHigh, bootLow)) {
                return run;
            }
        }
        return null;
    }

    /** Admits {@code run} unless its boot is admitted already, in which case its window stays as it is. */
    synchronized void admit(Run run, long nowNanos) {
        if (find(run.boot().high(), run.boot().low()) != null) {
            return;
        }
        Run[] kept = Arrays.stream(runs)
                .filter(other -> nowNanos - other.lastHeardNanos() < IDLE_NANOS)
                .sorted(Comparator.comparingLong(other -> nowNanos - other.lastHeardNanos()))
                .limit(MAX_RUNS - 1L)
                .toArray(Run[]::new);
        Run[] next = Arrays.copyOf(kept, kept.length + 1);
        next[kept.length] = run;
        runs = next;
    }

    int size() {
        return runs.length;
    }
}
