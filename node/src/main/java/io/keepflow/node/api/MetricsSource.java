package io.keepflow.node.api;

import io.keepflow.protocol.v1.Role;
import java.util.Map;

/**
 * The counters of a node, read once per scrape from the scraping thread. Counts only ever rise; a label's value, once
 * returned, is returned for ever after.
 */
public interface MetricsSource {
    /** Every peer that this node has seen since its start, the vanished ones too, by name. */
    Map<String, PeerLag> peers();

    /** Flows of the table by owner: {@code self}, a peer's name, {@code unowned}. */
    Map<String, Long> flowsByOwner();

    /** Kernel events by type: {@code new}, {@code update}, {@code destroy}, {@code malformed}. */
    Map<String, Long> eventsByType();

    /** Expectations in the table: {@code own}, {@code peers}, {@code unowned}, and peers' that the kernel has not ({@code unplaced}). */
    Map<String, Long> expectationsByPlace();

    /** What became of expectations: {@code published}, {@code created}, {@code deleted}, {@code refused}, {@code repaired}, ... */
    Map<String, Long> expectationsByResult();

    /** Injections by result: {@code created}, {@code updated}, {@code deleted}, {@code conflict}, {@code table_full}, ... */
    Map<String, Long> injectionsByResult();

    /** Frames of the sync link that were rejected, by reason. */
    Map<String, Long> rejectedFramesByReason();

    /** Flows that this node's filter left out or held back, by reason; without those that the kernel had left out already. */
    Map<String, Long> filteredFlowsByReason();

    /** Flows that the filter holds back now. */
    long heldFlows();

    /** Flows that were replicated until the filter left them out. */
    long withdrawnFlows();

    /** How much of what each peer owns is here, 0 to 1. */
    Map<String, Double> resyncProgress();

    /** Bytes sent on the sync link, before the seal: {@code live} and {@code upkeep}. */
    Map<String, Long> syncBytes();

    /** Bytes sent to bring peers up to date: {@code snapshot} and {@code differential}. */
    Map<String, Long> resyncBytes();

    /** Snapshots and differentials sent, received, cancelled, failed. */
    Map<String, Long> resyncs();

    /** What differentials found: {@code buckets}, {@code flows_sent}, {@code flows_received}, {@code flows_dropped}. */
    Map<String, Long> resyncDifferences();

    /** Comparisons of the table with the node's own kernel: {@code done}, {@code failed}. */
    Map<String, Long> audits();

    /** The last comparison that was completed, or {@link LastAudit#NONE}. */
    LastAudit lastAudit();

    /** Differences between table and kernel, by who found them and what was done: {@code audit_restored}, {@code event_restored}, ... */
    Map<String, Long> kernelDifferences();

    /** Times that the kernel dropped events because this node read too slowly. */
    long netlinkOverruns();

    /** Seconds since the last of these times; NaN if there was none. */
    double secondsSinceOverrun();

    /** What the kernel has for events that are not read yet. */
    long eventBufferBytes();

    /** Messages that this node sent again because a peer asked for them. */
    long linkRetransmissions();

    /** Flows that wait to be published, and to be injected. */
    long publishBacklog();

    long injectBacklog();

    Role role();

    long ownershipMoves();

    long ownershipConflicts();

    /** Deltas by their way: {@code published}, {@code received}, {@code stale} (not newer than what was there). */
    Map<String, Long> deltasByWay();

    /** How far a peer's kernel is behind this node's own flows. */
    record PeerLag(boolean connected, double seconds, long flows) {}

    /** A comparison of the table with the kernel: how long ago it ended, how long it took, what it found by what was done. */
    record LastAudit(double secondsAgo, double seconds, double compared, Map<String, Long> differences) {
        public static final LastAudit NONE = new LastAudit(Double.NaN, Double.NaN, Double.NaN, Map.of());

        public LastAudit {
            differences = Map.copyOf(differences);
        }
    }
}
