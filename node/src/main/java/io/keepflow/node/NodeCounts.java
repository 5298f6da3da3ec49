package io.keepflow.node;

import io.keepflow.node.capture.CaptureCounts;
import io.keepflow.node.capture.Difference;
import io.keepflow.node.cluster.ClusterCounts;
import io.keepflow.node.cluster.JGroupsLink;
import io.keepflow.node.cluster.Traffic;
import io.keepflow.node.filter.Exclusions;
import io.keepflow.node.inject.Injections;
import io.keepflow.node.inject.Injections.Result;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The counters of all stages, by the names that operators know them by. */
record NodeCounts(
        CaptureCounts captured,
        Injections injected,
        ClusterCounts replicated,
        Exclusions exclusions,
        boolean hasFilter,
        JGroupsLink link) {
    Map<String, Long> eventsByType() {
        return Map.of(
                "new", captured.created.sum(),
                "update", captured.updated.sum(),
                "destroy", captured.destroyed.sum(),
                "malformed", captured.malformed.sum());
    }

    Map<String, Long> kernelDifferences() {
        Map<String, Long> kinds = new TreeMap<>();
        captured.byAudit.all().forEach((kind, count) -> kinds.put("audit_" + name(kind), count));
        captured.byEvent.all().forEach((kind, count) -> kinds.put("event_" + name(kind), count));
        return kinds;
    }

    private static String name(Difference kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    long events() {
        return captured.created.sum() + captured.updated.sum() + captured.destroyed.sum();
    }

    Map<String, Long> injectionsByResult() {
        Map<String, Long> results = new TreeMap<>();
        for (Result result : Result.values()) {
            results.put(result.name().toLowerCase(Locale.ROOT), injected.of(result));
        }
        return results;
    }

    long injections() {
        return injected.of(Result.CREATED) + injected.of(Result.UPDATED);
    }

    /** Injections that left a flow out of the kernel. */
    long injectionFailures() {
        return injected.of(Result.FAILED) + injected.of(Result.CONFLICT) + injected.of(Result.TABLE_FULL);
    }

    /** What the seal rejected, and what was authentic but not to be understood. */
    Map<String, Long> rejectedFrames() {
        Map<String, Long> reasons = new TreeMap<>();
        link.rejections().forEach((reason, count) -> reasons.put(reason.name().toLowerCase(Locale.ROOT), count));
        reasons.put("malformed", replicated.malformedFrames.sum());
        reasons.put("implausible_version", replicated.implausibleVersions.sum());
        reasons.put("stranger", replicated.strangerFrames.sum());
        reasons.put("overflow", replicated.overflowedFrames.sum());
        reasons.put("failed", replicated.failedFrames.sum());
        return reasons;
    }

    /** Those that a healthy cluster does not have. Strangers it has: who leaves or comes back is heard before it is known. */
    long rejectedFramesTotal() {
        long sealed = link.rejections().entrySet().stream()
                .filter(rejected -> !rejected.getKey().isNormal())
                .mapToLong(Map.Entry::getValue)
                .sum();
        return sealed
                + replicated.malformedFrames.sum()
                + replicated.implausibleVersions.sum()
                + replicated.overflowedFrames.sum()
                + replicated.failedFrames.sum();
    }

    Map<String, Long> deltasByWay() {
        return Map.of(
                "published", replicated.published.sum(),
                "received", replicated.received.sum(),
                "stale", replicated.staleDeltas.sum());
    }

    /** Bytes sent for each of these. */
    Map<String, Long> bytesSent(Traffic... traffic) {
        Map<String, Long> bytes = new TreeMap<>();
        for (Traffic kind : traffic) {
            bytes.put(
                    kind.name().toLowerCase(Locale.ROOT),
                    replicated.bytesSent(kind).sum());
        }
        return bytes;
    }

    Map<String, Long> resyncs() {
        return Map.of(
                "snapshot_sent", replicated.snapshotsSent.sum(),
                "snapshot_received", replicated.snapshots.sum(),
                "differential_sent", replicated.differentialsSent.sum(),
                "differential_received", replicated.differentials.sum(),
                "cancelled", replicated.snapshotsCancelled.sum(),
                "failed", replicated.snapshotFailures.sum());
    }

    Map<String, Long> resyncDifferences() {
        return Map.of(
                "buckets", replicated.differingBuckets.sum(),
                "flows_sent", replicated.differingFlowsSent.sum(),
                "flows_received", replicated.differingFlowsReceived.sum(),
                "flows_dropped", replicated.staleFlows.sum());
    }

    long tableFull() {
        return captured.tableFull.sum() + replicated.tableFull.sum();
    }
}
