package io.keepflow.node.api;

import io.keepflow.protocol.v1.ExpectationRow;
import io.keepflow.protocol.v1.FlowRow;
import io.keepflow.protocol.v1.FlowsRequest;
import io.keepflow.protocol.v1.KernelDifference;
import io.keepflow.protocol.v1.Reply;
import io.keepflow.protocol.v1.Request;
import io.keepflow.protocol.v1.Role;
import io.keepflow.protocol.v1.VerifyRequest;
import io.keepflow.protocol.v1.Waiting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What happens on one control connection: reads the request, asks the node, writes the replies. */
final class ControlSession {
    private static final Logger LOG = LoggerFactory.getLogger(ControlSession.class);

    private static final int MAX_DIFFERENCES = 10_000;

    private final NodeView node;

    ControlSession(NodeView node) {
        this.node = node;
    }

    static Reply error(String text) {
        return Reply.newBuilder().setError(text).build();
    }

    void serve(ControlChannel client) throws IOException {
        Request request = client.read(Request.parser());
        if (request == null) {
            return;
        }
        try {
            answer(request, client);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        } catch (IllegalArgumentException | IllegalStateException e) {
            client.write(error(reason(e)));
        } catch (RuntimeException e) {
            LOG.error("A control request ({}) failed", request.getCommandCase(), e);
            client.write(error("the node failed to answer (" + e + "); its log has the details"));
        }
    }

    private void answer(Request request, ControlChannel client) throws IOException {
        switch (request.getCommandCase()) {
            case STATUS ->
                client.write(Reply.newBuilder().setStatus(node.status()).build());
            case FLOWS -> stream(request.getFlows(), client);
            case EXPECTED -> expectations(client);
            case ROLE -> client.write(changeRole(request.getRole().getRole()));
            case VERIFY -> verify(request.getVerify(), client);
            case RESYNC ->
                client.write(Reply.newBuilder()
                        .setDone(node.resync(request.getResync().getPeer()))
                        .build());
            case COMMAND_NOT_SET ->
                client.write(
                        error("the node does not know this command; command line and node must be of one version"));
        }
    }

    private Reply changeRole(Role role) {
        if (role != Role.ROLE_ACTIVE && role != Role.ROLE_STANDBY) {
            return error("a node can be made active or standby by hand, nothing else");
        }
        return Reply.newBuilder().setDone(node.changeRole(role)).build();
    }

    private void stream(FlowsRequest request, ControlChannel client) throws IOException {
        FlowSink sink = new FlowSink(client, FlowFilter.of(request).limit());
        try {
            node.flows(request, sink::accept);
        } catch (LimitReached e) {
            LOG.trace("The limit of a flow stream ended it");
        }
        client.write(Reply.newBuilder().setDone(sink.count + " flows").build());
    }

    private void verify(VerifyRequest request, ControlChannel client) throws IOException {
        int limit = Math.clamp(Integer.toUnsignedLong(request.getLimit()), 0, MAX_DIFFERENCES);
        client.write(Reply.newBuilder()
                .setAudit(node.verify(limit, new DifferenceWriter(client)))
                .build());
    }

    private void expectations(ControlChannel client) throws IOException {
        List<ExpectationRow> rows = node.expectations();
        for (ExpectationRow row : rows) {
            client.write(Reply.newBuilder().setExpectation(row).build());
        }
        client.write(Reply.newBuilder().setDone(rows.size() + " expectations").build());
    }

    private static String reason(RuntimeException e) {
        String message = e.getMessage();
        return message == null ? e.toString() : message;
    }

    /** Writes flows to one client until its limit is reached. */
    private static final class FlowSink {
        private final ControlChannel client;
        private final int limit;
        private int count;

        FlowSink(ControlChannel client, int limit) {
            this.client = client;
            this.limit = limit;
        }

        void accept(FlowRow row) {
            try {
                client.write(Reply.newBuilder().setFlow(row).build());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            count++;
            if (count >= limit) {
                throw new LimitReached();
            }
        }
    }

    /** Writes differences to one client; what was written leaves at the latest when the node waits for more. */
    private static final class DifferenceWriter implements NodeView.DifferenceSink {
        private static final Reply WAITING =
                Reply.newBuilder().setWaiting(Waiting.getDefaultInstance()).build();

        private final ControlChannel client;

        DifferenceWriter(ControlChannel client) {
            this.client = client;
        }

        @Override
        public void onDifference(KernelDifference difference) {
            write(Reply.newBuilder().setDifference(difference).build());
        }

        @Override
        public void onWaiting() {
            write(WAITING);
            try {
                client.flush();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private void write(Reply reply) {
            try {
                client.write(reply);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Ends a stream of flows that has reached its limit. */
    private static final class LimitReached extends RuntimeException {
        private static final long serialVersionUID = 1L;

        LimitReached() {
            super("limit reached", null, false, false);
        }
    }
}
