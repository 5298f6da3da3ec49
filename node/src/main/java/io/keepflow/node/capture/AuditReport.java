package io.keepflow.node.capture;

import java.util.Map;

/**
 * What an audit found.
 *
 * @param endedNanos when it ended, on the node's clock
 * @param durationNanos from the request for the dump on
 * @param compared entries of the kernel that were compared
 * @param found differences by what was done; those that did not occur are left out
 */
public record AuditReport(long endedNanos, long durationNanos, long compared, Map<Difference, Long> found) {
    public AuditReport {
        found = Map.copyOf(found);
    }

    public long differences() {
        return found.values().stream().mapToLong(Long::longValue).sum();
    }
}
