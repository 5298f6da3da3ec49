package io.keepflow.node.api;

import io.keepflow.protocol.v1.AuditSummary;
import io.keepflow.protocol.v1.ExpectationRow;
import io.keepflow.protocol.v1.FlowRow;
import io.keepflow.protocol.v1.FlowsRequest;
import io.keepflow.protocol.v1.KernelDifference;
import io.keepflow.protocol.v1.Role;
import io.keepflow.protocol.v1.Status;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A node made of what a test says. */
public final class FakeNode implements NodeView {
    public volatile Status status = Status.getDefaultInstance();
    public volatile List<FlowRow> flows = List.of();
    public volatile List<ExpectationRow> expectations = List.of();
    public volatile int repetitions = 1;
    public volatile FlowsRequest lastRequest = FlowsRequest.getDefaultInstance();
    public volatile @Nullable Throwable streamEndedBy;
    public final CountDownLatch streamEnded = new CountDownLatch(1);

    /** What the following questions for the status are answered with, before {@link #status}. */
    public final Queue<Status> nextStatuses = new ConcurrentLinkedQueue<>();

    public volatile List<KernelDifference> differences = List.of();
    public volatile AuditSummary audit = AuditSummary.getDefaultInstance();
    public volatile @Nullable String auditFailure;
    public volatile int lastLimit;
    public volatile String lastResync = "none";

    @Override
    public Status status() {
        Status next = nextStatuses.poll();
        return next == null ? status : next;
    }

    /** Waits between the differences as often as repetitions say. */
    @Override
    public AuditSummary verify(int limit, DifferenceSink sink) {
        lastLimit = limit;
        try {
            differences.stream().limit(limit).forEach(sink::onDifference);
            for (int i = 0; i < repetitions; i++) {
                sink.onWaiting();
            }
            String failure = auditFailure;
            if (failure != null) {
                throw new IllegalStateException(failure);
            }
            return audit;
        } catch (Throwable t) {
            streamEndedBy = t;
            throw t;
        } finally {
            streamEnded.countDown();
        }
    }

    @Override
    public String resync(String peer) {
        lastResync = peer;
        if (peer.equals("fw9")) {
            throw new IllegalStateException("there is no peer fw9; known are fw2");
        }
        return "fetching everything anew that " + (peer.isEmpty() ? "fw2" : peer) + " owns";
    }

    @Override
    public void flows(FlowsRequest filter, Consumer<FlowRow> sink) {
        lastRequest = filter;
        try {
            for (int i = 0; i < repetitions; i++) {
                flows.forEach(sink);
            }
        } catch (Throwable t) {
            streamEndedBy = t;
            throw t;
        } finally {
            streamEnded.countDown();
        }
    }

    @Override
    public List<ExpectationRow> expectations() {
        return expectations;
    }

    @Override
    public String changeRole(Role role) {
        if (role == Role.ROLE_ACTIVE) {
            throw new IllegalStateException("keepalived holds this node as standby; change its priority instead");
        }
        return "fw1 is standby now";
    }
}
