package io.keepflow.it.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What is open, to be closed on Ctrl-C and SIGTERM. */
final class Cleanup {
    private static final List<Bed> OPEN = new ArrayList<>();
    private static boolean hooked;

    private Cleanup() {}

    static synchronized void beforeExit(Bed bed) {
        if (!hooked) {
            Runtime.getRuntime().addShutdownHook(new Thread(Cleanup::closeAll));
            hooked = true;
        }
        OPEN.add(bed);
    }

    static synchronized void done(Bed bed) {
        OPEN.remove(bed);
    }

    private static synchronized List<Bed> open() {
        return List.copyOf(OPEN);
    }

    private static void closeAll() {
        for (Bed bed : open()) {
            try {
                bed.close();
            } catch (IOException e) {
                System.err.println("bench: could not clean up (the next run will): " + e.getMessage());
            }
        }
    }
}
