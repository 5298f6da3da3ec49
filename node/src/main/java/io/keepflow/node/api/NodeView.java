package io.keepflow.node.api;

import io.keepflow.protocol.v1.AuditSummary;
import io.keepflow.protocol.v1.ExpectationRow;
import io.keepflow.protocol.v1.FlowRow;
import io.keepflow.protocol.v1.FlowsRequest;
import io.keepflow.protocol.v1.KernelDifference;
import io.keepflow.protocol.v1.Role;
import io.keepflow.protocol.v1.Status;
import java.util.List;
import java.util.function.Consumer;

/** The node as the control socket sees it. Called from the server's threads, several at a time. */
public interface NodeView {
    Status status();

    /**
     * Hands the flows that match to {@code sink}, in slices of the table, and returns after the last. What the sink throws
     * (the client is gone, the limit is reached) ends the stream and must be let through.
     *
     * @throws IllegalArgumentException when the filter asks for what cannot be
     */
    void flows(FlowsRequest filter, Consumer<FlowRow> sink);

    /** The connections that helpers expect, this node's and its peers'. */
    List<ExpectationRow> expectations();

    /**
     * Makes the node active or standby by hand; returns what happened, in one sentence.
     *
     * @throws IllegalStateException when the node refuses, with the reason and what to do
     */
    String changeRole(Role role);

    /** Hears what a comparison with the kernel finds, in the thread that asked for it; what it throws ends the hearing. */
    interface DifferenceSink {
        void onDifference(KernelDifference difference);

        /** Nothing was found for a while; called again and again. */
        void onWaiting();
    }

    /**
     * Compares the table with the kernel now; tells the first {@code limit} differences and returns after the end.
     *
     * @throws IllegalStateException when that fails, with the reason and what to do
     */
    AuditSummary verify(int limit, DifferenceSink sink);

    /**
     * Begins to fetch anew everything that a peer owns, or that all do if the name is empty; returns what happened, in one
     * sentence.
     *
     * @throws IllegalStateException when there is no such peer or it takes no part, with what to do
     */
    String resync(String peer);
}
