package io.keepflow.it.lab;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeoutException;

/** Waits for something that another process does, with a deadline. */
public final class Poll {
    private static final Duration STEP = Duration.ofMillis(20);

    private Poll() {}

    /**
     * Returns as soon as {@code condition} holds.
     *
     * @throws TimeoutException when it does not in time; names {@code what} was awaited
     */
    public static void until(String what, Duration limit, Callable<Boolean> condition) throws Exception {
        if (!holdsWithin(limit, condition)) {
            throw new TimeoutException("after " + limit.toMillis() + " ms still not: " + what);
        }
    }

    /** Whether {@code condition} comes to hold in time. */
    public static boolean holdsWithin(Duration limit, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!condition.call()) {
            if (System.nanoTime() - deadline > 0) {
                return false;
            }
            Thread.sleep(STEP);
        }
        return true;
    }
}
