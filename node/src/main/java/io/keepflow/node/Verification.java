package io.keepflow.node;

import io.keepflow.node.api.FlowRows;
import io.keepflow.node.api.MetricsSource.LastAudit;
import io.keepflow.node.api.NodeView.DifferenceSink;
import io.keepflow.node.capture.AuditReport;
import io.keepflow.node.capture.Difference;
import io.keepflow.node.capture.KernelAudit;
import io.keepflow.node.table.FlowTable;
import io.keepflow.node.time.Clock;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.v1.AuditSummary;
import io.keepflow.protocol.v1.DifferenceCount;
import io.keepflow.protocol.v1.KernelDifference;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The audits of the kernel as operators see them: what the last one found, and one that is made for them. */
final class Verification {
    private static final int TURN_MS = 1_000;

    /** An audit of a full table takes seconds; one that stalls ends by itself. */
    private static final int MAX_TURNS = 600;

    private final KernelAudit audit;
    private final NodeThread thread;
    private final FlowTable table;
    private final Clock clock;

    Verification(KernelAudit audit, NodeThread thread, FlowTable table, Clock clock) {
        this.audit = audit;
        this.thread = thread;
        this.table = table;
        this.clock = clock;
    }

    /** How many there were, by result. From any thread, as the following. */
    Map<String, Long> audits() {
        return Map.of("done", audit.done(), "failed", audit.failed());
    }

    /** The last audit that was completed; null before the first. */
    @Nullable
    AuditSummary last() {
        AuditReport report = audit.last();
        return report == null ? null : summary(report);
    }

    /** The same in numbers. */
    LastAudit lastMeasured() {
        AuditReport report = audit.last();
        if (report == null) {
            return LastAudit.NONE;
        }
        Map<String, Long> differences = new LinkedHashMap<>();
        for (Difference difference : Difference.values()) {
            differences.put(name(difference), report.found().getOrDefault(difference, 0L));
        }
        return new LastAudit(nanosSince(report) / 1e9, report.durationNanos() / 1e9, report.compared(), differences);
    }

    /** Makes an audit and waits for its end, in the thread of {@code sink}. */
    AuditSummary run(int limit, DifferenceSink sink) {
        Findings findings = new Findings(limit);
        thread.tell(() -> audit.start(findings));
        try {
            return findings.follow(sink);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted");
        } finally {
            thread.tell(() -> audit.forget(findings));
        }
    }

    private AuditSummary summary(AuditReport report) {
        AuditSummary.Builder summary = AuditSummary.newBuilder()
                .setAgoMs(nanosSince(report) / 1_000_000)
                .setDurationMs(report.durationNanos() / 1_000_000)
                .setCompared(report.compared());
        for (Difference difference : Difference.values()) {
            long count = report.found().getOrDefault(difference, 0L);
            if (count > 0) {
                summary.addDifferences(DifferenceCount.newBuilder()
                        .setName(name(difference))
                        .setKind(difference.kind())
                        .setRemedy(difference.remedy())
                        .setCount(count));
            }
        }
        return summary.build();
    }

    private long nanosSince(AuditReport report) {
        return Math.max(0, clock.nanos() - report.endedNanos());
    }

    /** As in the metrics. */
    private static String name(Difference difference) {
        return difference.name().toLowerCase(Locale.ROOT);
    }

    /** What one audit tells, on its way from the node's thread to the one that waits. */
    private final class Findings implements KernelAudit.Observer {
        private final int limit;
        private final Flow flow = new Flow();
        private final BlockingQueue<Finding> queue;
        private int told;

        Findings(int limit) {
            this.limit = limit;
            queue = new ArrayBlockingQueue<>(limit + 1);
        }

        @Override
        public void onDifference(Difference difference, int slot) {
            if (told < limit) {
                told++;
                table.load(slot, flow);
                queue.add(new Found(KernelDifference.newBuilder()
                        .setKind(difference.kind())
                        .setRemedy(difference.remedy())
                        .setFlow(FlowRows.row(
                                flow,
                                table.ownerOf(slot).name(),
                                table.version(slot),
                                table.is(slot, FlowTable.IN_KERNEL)))
                        .build()));
            }
        }

        @Override
        public void onDone(AuditReport report) {
            queue.add(new Ended(summary(report)));
        }

        @Override
        public void onFailed(String reason) {
            queue.add(new Failed(reason));
        }

        AuditSummary follow(DifferenceSink sink) throws InterruptedException {
            for (int turn = 0; turn < MAX_TURNS; ) {
                switch (queue.poll(TURN_MS, TimeUnit.MILLISECONDS)) {
                    case null -> {
                        turn++;
                        sink.onWaiting();
                    }
                    case Found found -> sink.onDifference(found.difference());
                    case Ended ended -> {
                        return ended.summary();
                    }
                    case Failed failed ->
                        throw new IllegalStateException("the table could not be compared with the kernel: "
                                + failed.reason()
                                + "; the node tries again by itself, and its log tells more");
                }
            }
            throw new IllegalStateException("the comparison has not ended within " + MAX_TURNS * TURN_MS / 1_000
                    + " s; 'keepflow status' tells what the node is doing");
        }
    }

    /** What there is to tell. */
    private sealed interface Finding {}

    private record Found(KernelDifference difference) implements Finding {}

    private record Ended(AuditSummary summary) implements Finding {}

    private record Failed(String reason) implements Finding {}
}
