package io.keepflow.node.api;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.function.BooleanSupplier;

/** Bytes that this thread allocates. */
final class Allocations {
    private Allocations() {}

    /** Bytes of so many calls, after as many for warming up. */
    static long ofCalls(int calls, BooleanSupplier call) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        int trues = repeat(calls, call);
        long before = threads.getCurrentThreadAllocatedBytes();
        trues += repeat(calls, call);
        long bytes = threads.getCurrentThreadAllocatedBytes() - before;
        if (trues != 2 * calls) {
            throw new AssertionError("the call returned false");
        }
        return bytes;
    }

    private static int repeat(int calls, BooleanSupplier call) {
        int trues = 0;
        for (int i = 0; i < calls; i++) {
            trues += call.getAsBoolean() ? 1 : 0;
        }
        return trues;
    }
}
