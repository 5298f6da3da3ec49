package io.keepflow.node.inject;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** How often each injection ended how; counted by the node's thread, read by any. */
public final class Injections {
    /** How the kernel took a request. */
    public enum Result {
        CREATED,
        UPDATED,
        REFRESHED,
        DELETED,
        /** The entry was there already, so it was updated. */
        EXISTS,
        /** Could only be deleted and created again, but on this active node packets made the entry: it stays as it is. */
        KEPT,
        /** The entry was not there any more. */
        MISSING,
        /** The entry could only be deleted and created again. */
        RECREATED,
        /** A foreign entry held the reply tuple and was evicted. */
        EVICTED,
        /** A foreign entry holds the reply tuple and stays. */
        CONFLICT,
        /** No room: the table is full (ENOMEM), the hash chain too long (ENOSPC), or busy (EAGAIN). Tried again. */
        TABLE_FULL,
        /** Its master is not in this kernel, so it was created without: it is not related to anything here. */
        ORPHANED,
        /** Its helper is not loaded in this kernel (EOPNOTSUPP), so it was created without. */
        HELPLESS,
        /** Updated but for its labels: no rule of this node uses any, so the entry has no room for them (ENOSPC). */
        UNLABELLED,
        /** The kernel does not let the timeout change (EPERM). */
        FIXED_TIMEOUT,
        /** Any other errno. */
        FAILED
    }

    private final Map<Result, LongAdder> counts = new EnumMap<>(Result.class);
    private volatile int lastErrno;

    public Injections() {
        for (Result result : Result.values()) {
            counts.put(result, new LongAdder());
        }
    }

    void count(Result result) {
        adder(result).increment();
    }

    /** The kernel refused a flow: the result says whether it is worth another try. */
    void refused(Result result, int errno) {
        lastErrno = errno;
        count(result);
    }

    public long of(Result result) {
        return adder(result).sum();
    }

    /** The errno of the last refusal, or 0. */
    public int lastErrno() {
        return lastErrno;
    }

    private LongAdder adder(Result result) {
        LongAdder adder = counts.get(result);
        if (adder == null) {
            throw new IllegalArgumentException(String.valueOf(result));
        }
        return adder;
    }
}
