package io.keepflow.protocol.testkit;

import java.util.Random;

/** The seed of a random test, printed so that a failure can be repeated. */
public final class Seed {
    private static final String PROPERTY = "keepflow.seed";

    private Seed() {}

    /** A random source with a fresh seed, or with that of {@code -Dkeepflow.seed}. */
    public static Random random() {
        long seed = Long.getLong(PROPERTY, System.nanoTime());
        System.out.println("seed " + seed + ", repeat with -D" + PROPERTY + "=" + seed);
        return new Random(seed);
    }
}
