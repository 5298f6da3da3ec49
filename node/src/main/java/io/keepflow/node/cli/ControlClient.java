package io.keepflow.node.cli;

import io.keepflow.node.api.ControlChannel;
import io.keepflow.protocol.v1.AuditSummary;
import io.keepflow.protocol.v1.ExpectationRow;
import io.keepflow.protocol.v1.ExpectedRequest;
import io.keepflow.protocol.v1.FlowRow;
import io.keepflow.protocol.v1.FlowsRequest;
import io.keepflow.protocol.v1.KernelDifference;
import io.keepflow.protocol.v1.Reply;
import io.keepflow.protocol.v1.Request;
import io.keepflow.protocol.v1.ResyncRequest;
import io.keepflow.protocol.v1.Role;
import io.keepflow.protocol.v1.RoleRequest;
import io.keepflow.protocol.v1.Status;
import io.keepflow.protocol.v1.StatusRequest;
import io.keepflow.protocol.v1.VerifyRequest;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Asks one node over its control socket; every way in which that fails becomes a {@link Failure} that says what to do. */
final class ControlClient {
    private static final Duration STALL_TIMEOUT = Duration.ofSeconds(10);

    private final Path socket;

    ControlClient(Path socket) {
        this.socket = socket;
    }

    /** Takes flows one by one; what it throws ends the stream. */
    interface FlowReader {
        void accept(FlowRow flow) throws IOException;
    }

    /** Takes differences one by one; what it throws ends the stream. */
    interface DifferenceReader {
        void accept(KernelDifference difference) throws IOException;
    }

    Status status() {
        try (Conversation conversation = begin(Request.newBuilder()
                .setStatus(StatusRequest.getDefaultInstance())
                .build())) {
            Reply reply = conversation.next();
            if (!reply.hasStatus()) {
                throw unexpected();
            }
            return reply.getStatus();
        }
    }

    /** The node's sentence about what it did. */
    String changeRole(Role role) {
        return order(Request.newBuilder()
                .setRole(RoleRequest.newBuilder().setRole(role))
                .build());
    }

    /** The node's sentence about what it has begun; {@code peer} empty for all. */
    String resync(String peer) {
        return order(Request.newBuilder()
                .setResync(ResyncRequest.newBuilder().setPeer(peer))
                .build());
    }

    private String order(Request request) {
        try (Conversation conversation = begin(request)) {
            Reply reply = conversation.next();
            if (!reply.hasDone()) {
                throw unexpected();
            }
            return reply.getDone();
        }
    }

    /** Has table and kernel compared; hands over the first {@code limit} differences as they are found. */
    AuditSummary verify(int limit, DifferenceReader reader) throws IOException {
        try (Conversation conversation = begin(Request.newBuilder()
                .setVerify(VerifyRequest.newBuilder().setLimit(limit))
                .build())) {
            Reply reply = conversation.next();
            while (reply.hasDifference() || reply.hasWaiting()) {
                if (reply.hasDifference()) {
                    reader.accept(reply.getDifference());
                }
                reply = conversation.next();
            }
            if (!reply.hasAudit()) {
                throw unexpected();
            }
            return reply.getAudit();
        }
    }

    void flows(FlowsRequest request, FlowReader reader) throws IOException {
        try (Conversation conversation =
                begin(Request.newBuilder().setFlows(request).build())) {
            Reply reply = conversation.next();
            while (reply.hasFlow()) {
                reader.accept(reply.getFlow());
                reply = conversation.next();
            }
            if (!reply.hasDone()) {
                throw unexpected();
            }
        }
    }

    List<ExpectationRow> expectations() {
        List<ExpectationRow> rows = new ArrayList<>();
        try (Conversation conversation = begin(Request.newBuilder()
                .setExpected(ExpectedRequest.getDefaultInstance())
                .build())) {
            Reply reply = conversation.next();
            while (reply.hasExpectation()) {
                rows.add(reply.getExpectation());
                reply = conversation.next();
            }
            if (!reply.hasDone()) {
                throw unexpected();
            }
        }
        return rows;
    }

    private Conversation begin(Request request) {
        ControlChannel channel;
        try {
            channel = ControlChannel.connect(socket, STALL_TIMEOUT);
        } catch (IOException e) {
            throw unreachable(e);
        }
        Conversation conversation = new Conversation(channel);
        conversation.send(request);
        return conversation;
    }

    private Failure unreachable(IOException e) {
        String reason = String.valueOf(e.getMessage());
        String cause;
        String remedy;
        if (reason.contains("Permission denied") || reason.contains("Operation not permitted")) {
            cause = "this user may not use it";
            remedy = "run the command as root";
        } else if (reason.contains("No such file")) {
            cause = "there is no such socket";
            remedy = "start the node ('systemctl start keepflow'; 'journalctl -u keepflow' tells why it stopped),"
                    + " or name its socket with --socket or --config";
        } else {
            cause = reason.toLowerCase(Locale.ROOT);
            remedy = "start the node ('systemctl start keepflow'); 'journalctl -u keepflow' tells why it stopped";
        }
        return new Failure(Failure.UNREACHABLE, "no node answers on " + socket + ": " + cause + "; " + remedy, e);
    }

    private Failure brokenOff(IOException e) {
        String what = e instanceof SocketTimeoutException
                ? "did not answer within " + STALL_TIMEOUT.toSeconds() + " s"
                : "broke off its answer (" + e.getMessage() + ")";
        return new Failure(
                Failure.UNREACHABLE,
                "the node on " + socket + " " + what + "; 'journalctl -u keepflow' tells what it is doing",
                e);
    }

    private Failure unexpected() {
        return new Failure(
                Failure.UNREACHABLE,
                "the node on " + socket + " gave an answer that this command does not know; use the command line of the"
                        + " node's own version");
    }

    /** One request and the replies to it. */
    private final class Conversation implements AutoCloseable {
        private final ControlChannel channel;

        Conversation(ControlChannel channel) {
            this.channel = channel;
        }

        void send(Request request) {
            try {
                channel.write(request);
                channel.flush();
            } catch (IOException e) {
                // A node that is too busy says so and closes before it has read: its reply tells more than this error.
                String reason = String.valueOf(e.getMessage());
                if (!reason.contains("Broken pipe") && !reason.contains("Connection reset")) {
                    close();
                    throw brokenOff(e);
                }
            }
        }

        Reply next() {
            Reply reply;
            try {
                reply = channel.read(Reply.parser());
            } catch (IOException e) {
                throw brokenOff(e);
            }
            if (reply == null) {
                throw brokenOff(new IOException("it closed the connection"));
            }
            if (reply.hasError()) {
                throw new Failure(Failure.FAILED, "the node refuses: " + reply.getError());
            }
            return reply;
        }

        @Override
        public void close() {
            try {
                channel.close();
            } catch (IOException e) {
                throw new Failure(Failure.FAILED, "the control connection could not be closed: " + e.getMessage(), e);
            }
        }
    }
}
