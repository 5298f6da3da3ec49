package io.keepflow.it.bench;

import io.keepflow.it.lab.Poll;
import java.time.Duration;

/**
 * How many kernel events a pair takes without losing one: short connections a second, made through ctnetlink, faster and faster;
 * and flows at once.
 *
 * <p>A rate is held if the active daemon's kernel dropped nothing, the daemon read as many events as were made, and at the end of
 * the load the standby's kernel comes within {@link #CATCH_UP} to hold what the active's does: a rate that only fills a buffer is
 * not held.
 */
final class EventRate {
    private static final int[] RATES = {
        25_000, 35_000, 50_000, 60_000, 70_000, 80_000, 100_000, 120_000, 140_000, 170_000, 200_000, 250_000, 300_000,
        350_000
    };
    private static final int[] BURSTS = {25_000, 50_000, 100_000, 200_000, 400_000, 800_000};
    private static final Duration LOAD = Duration.ofSeconds(4);
    private static final Duration CATCH_UP = Duration.ofSeconds(1);
    private static final Duration BURST_LIMIT = Duration.ofSeconds(40);
    private static final Duration SETTLE_LIMIT = Duration.ofMinutes(1);

    private final Bed bed;
    private final Progress progress;

    EventRate(Bed bed, Progress progress) {
        this.bed = bed;
        this.progress = progress;
    }

    /** Told to a person. */
    @FunctionalInterface
    interface Progress {
        void report(String message);
    }

    /** The highest rate that was held before one was not, in events per second as they were made, or that the load could make; 0 if none was. */
    double highest() throws Exception {
        double held = 0;
        for (int rate : RATES) {
            bed.awaitEmptyTables(SETTLE_LIMIT);
            Usage before = Usage.of(bed);
            try (Lifecycles load = Lifecycles.into(bed.active(), rate)) {
                Lifecycles.Outcome made = load.liveInRealTime(LOAD);
                boolean isInStep = Poll.holdsWithin(CATCH_UP, bed::holdTheSame);
                boolean isHeld = isInStep && lostNothing(before, made.events());
                progress.report("%s: %,.0f events/s: %s"
                        .formatted(bed.tool().key(), made.eventsPerSecond(), isHeld ? "held" : "not held"));
                if (!isHeld) {
                    return held;
                }
                held = Math.max(held, made.eventsPerSecond());
                if (!made.madeRate(rate)) {
                    progress.report(
                            "%s: the load cannot make more".formatted(bed.tool().key()));
                    return held;
                }
                load.end();
            }
        }
        return held;
    }

    /** The most flows that can be made at once, as fast as the kernel takes them, so that none is missing; 0 if none. */
    int largestBurst() throws Exception {
        int held = 0;
        for (int flows : BURSTS) {
            bed.awaitEmptyTables(SETTLE_LIMIT);
            Usage before = Usage.of(bed);
            Fill.createAtOnce(bed.active(), flows);
            boolean isHeld = Poll.holdsWithin(BURST_LIMIT, bed::holdTheSame) && lostNothing(before, flows);
            progress.report(
                    "%s: %,d flows at once: %s".formatted(bed.tool().key(), flows, isHeld ? "held" : "not held"));
            if (!isHeld) {
                return held;
            }
            held = flows;
            Fill.delete(bed.active(), flows);
        }
        return held;
    }

    private boolean lostNothing(Usage before, long eventsMade) throws Exception {
        Usage used = Usage.of(bed).since(before);
        return used.activeOverruns() == 0 && used.activeEvents() >= eventsMade;
    }
}
