package io.keepflow.it.bench;

import io.keepflow.it.lab.Firewall;

/** How long the daemons take to start, and their command line to tell the state. */
final class Startup {
    private static final int QUESTIONS = 5;

    private final Bed bed;
    private final Results results;

    /** @param bed on which no daemon runs */
    Startup(Bed bed, Results results) {
        this.bed = bed;
        this.results = results;
    }

    void measure() throws Exception {
        Contestant contestant = bed.contestant();
        for (Firewall firewall : bed.lab().firewalls()) {
            long start = System.nanoTime();
            long ready = Readiness.launch(contestant, firewall);
            results.add(Figure.START, bed.tool(), (ready - start) / 1e6);
            Thread.sleep(1000);
        }
        for (int i = 0; i < QUESTIONS; i++) {
            long start = System.nanoTime();
            contestant.askStatus(bed.active());
            results.add(Figure.STATUS, bed.tool(), (System.nanoTime() - start) / 1e6);
        }
    }
}
