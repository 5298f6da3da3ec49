package io.keepflow.node;

import java.util.function.LongSupplier;

/** Does something when a count has risen since the last look. */
final class OnRise implements Runnable {
    private final LongSupplier count;
    private final Runnable action;
    private long seen;

    OnRise(LongSupplier count, Runnable action) {
        this.count = count;
        this.action = action;
    }

    @Override
    public void run() {
        long now = count.getAsLong();
        if (now != seen) {
            seen = now;
            action.run();
        }
    }
}
