package io.keepflow.node.api;

import io.keepflow.protocol.v1.ExpectationRow;
import io.keepflow.protocol.v1.FlowRow;
import io.keepflow.protocol.v1.FlowsRequest;
import io.keepflow.protocol.v1.Role;
import io.keepflow.protocol.v1.Status;
import java.util.List;
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

    @Override
    public Status status() {
        return status;
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
