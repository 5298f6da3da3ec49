package io.keepflow.node.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.keepflow.protocol.v1.AuditSummary;
import io.keepflow.protocol.v1.FlowRow;
import io.keepflow.protocol.v1.FlowsRequest;
import io.keepflow.protocol.v1.KernelDifference;
import io.keepflow.protocol.v1.Reply;
import io.keepflow.protocol.v1.Reply.AnswerCase;
import io.keepflow.protocol.v1.Request;
import io.keepflow.protocol.v1.ResyncRequest;
import io.keepflow.protocol.v1.Role;
import io.keepflow.protocol.v1.RoleRequest;
import io.keepflow.protocol.v1.Status;
import io.keepflow.protocol.v1.StatusRequest;
import io.keepflow.protocol.v1.VerifyRequest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ControlServerTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Request STATUS =
            Request.newBuilder().setStatus(StatusRequest.getDefaultInstance()).build();
    private static final Request FLOWS =
            Request.newBuilder().setFlows(FlowsRequest.getDefaultInstance()).build();

    @TempDir
    Path directory = Path.of("");

    private final FakeNode node = new FakeNode();
    private @Nullable ControlServer server;

    @AfterEach
    void stop() throws IOException {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void answersStatus() throws IOException {
        node.status = Status.newBuilder().setNode("fw1").build();
        start(ControlServer.Limits.DEFAULT);
        assertThat(ask(STATUS))
                .containsExactly(Reply.newBuilder().setStatus(node.status).build());
    }

    @Test
    void streamsFlowsAndSaysThatTheyAreAll() throws IOException {
        node.flows = rows(3);
        node.repetitions = 20_000;
        start(ControlServer.Limits.DEFAULT);
        List<Reply> replies = ask(FLOWS);
        assertThat(replies).hasSize(60_001);
        assertThat(replies.get(1).getFlow()).isEqualTo(node.flows.get(1));
        assertThat(replies.getLast().getDone()).isEqualTo("60000 flows");
    }

    @Test
    void stopsTheStreamAtItsLimit() throws IOException {
        node.flows = rows(3);
        node.repetitions = 1_000;
        start(ControlServer.Limits.DEFAULT);
        List<Reply> replies = ask(Request.newBuilder()
                .setFlows(FlowsRequest.newBuilder().setLimit(2))
                .build());
        assertThat(replies).hasSize(3);
        assertThat(replies.getLast().getDone()).isEqualTo("2 flows");
    }

    @Test
    void refusesWithTheReason() throws IOException {
        start(ControlServer.Limits.DEFAULT);
        assertThat(error(role(Role.ROLE_ACTIVE))).startsWith("keepalived holds this node as standby");
        assertThat(error(role(Role.ROLE_FAULT))).contains("active or standby");
        assertThat(error(Request.getDefaultInstance())).contains("does not know this command");
        assertThat(error(Request.newBuilder()
                        .setFlows(FlowsRequest.newBuilder().setOrigSrc("nowhere"))
                        .build()))
                .contains("\"nowhere\" is not an IPv4 or IPv6 address");
        assertThat(ask(role(Role.ROLE_STANDBY)).getFirst().getDone()).isEqualTo("fw1 is standby now");
    }

    @Test
    void tellsDifferencesAndThenTheAudit() throws IOException {
        node.differences = differences(3);
        node.repetitions = 2;
        node.audit = AuditSummary.newBuilder().setCompared(7).build();
        start(ControlServer.Limits.DEFAULT);
        List<Reply> replies = ask(verify(2));
        assertThat(replies)
                .extracting(Reply::getAnswerCase)
                .containsExactly(
                        AnswerCase.DIFFERENCE,
                        AnswerCase.DIFFERENCE,
                        AnswerCase.WAITING,
                        AnswerCase.WAITING,
                        AnswerCase.AUDIT);
        assertThat(replies.get(1).getDifference()).isEqualTo(node.differences.get(1));
        assertThat(replies.getLast().getAudit()).isEqualTo(node.audit);
    }

    /** Or a client could make the node hold any number of them. */
    @Test
    void theLimitOfDifferencesIsBounded() throws IOException {
        start(ControlServer.Limits.DEFAULT);
        ask(verify(-1));
        assertThat(node.lastLimit).isEqualTo(10_000);
        ask(verify(0));
        assertThat(node.lastLimit).isZero();
    }

    @Test
    void anAuditThatFailsIsToldAfterWhatItHasFound() throws IOException {
        node.differences = differences(1);
        node.repetitions = 0;
        node.auditFailure = "the dump has stalled";
        start(ControlServer.Limits.DEFAULT);
        List<Reply> replies = ask(verify(10));
        assertThat(replies).hasSize(2);
        assertThat(replies.getLast().getError()).isEqualTo("the dump has stalled");
    }

    /** It hears that nobody listens at the latest when it has nothing to tell. */
    @Test
    void aClientThatDoesNotWaitForTheAuditIsNoticed() throws Exception {
        node.repetitions = Integer.MAX_VALUE;
        start(ControlServer.Limits.DEFAULT);
        try (ControlChannel client = ControlChannel.connect(socket(), PATIENCE)) {
            client.write(verify(10));
            client.flush();
            assertThat(client.read(Reply.parser())).isNotNull();
        }
        assertThat(node.streamEnded.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(node.streamEndedBy).isInstanceOf(UncheckedIOException.class);
    }

    @Test
    void beginsAResync() throws IOException {
        start(ControlServer.Limits.DEFAULT);
        assertThat(ask(resync("fw2")).getFirst().getDone()).isEqualTo("fetching everything anew that fw2 owns");
        assertThat(node.lastResync).isEqualTo("fw2");
        assertThat(error(resync("fw9"))).isEqualTo("there is no peer fw9; known are fw2");
    }

    @Test
    void socketIsItsOwnersOnlyAndVanishesWithTheServer() throws IOException {
        start(ControlServer.Limits.DEFAULT);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket())))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket().getParent())))
                .isEqualTo("rwx------");
        try (var files = Files.list(directory.resolve("made"))) {
            assertThat(files).containsExactly(socket());
        }
        stop();
        assertThat(socket()).doesNotExist();
    }

    @Test
    void replacesTheSocketOfADeadNode() throws IOException {
        Files.createDirectories(socket().getParent());
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(socket()));
        }
        assertThat(socket()).exists();
        start(ControlServer.Limits.DEFAULT);
        assertThat(ask(STATUS)).hasSize(1);
    }

    @Test
    void leavesTheSocketOfALivingNodeAlone() throws IOException {
        node.status = Status.newBuilder().setNode("first").build();
        start(ControlServer.Limits.DEFAULT);
        assertThatThrownBy(() -> ControlServer.start(socket(), new FakeNode()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("another node answers on " + socket());
        assertThat(ask(STATUS).getFirst().getStatus().getNode()).isEqualTo("first");
    }

    @Test
    void leavesAFileThatIsNoSocketAlone() throws IOException {
        Files.createDirectories(socket().getParent());
        Files.writeString(socket(), "precious");
        assertThatThrownBy(() -> ControlServer.start(socket(), node)).hasMessageContaining("is no socket");
        assertThat(socket()).hasContent("precious");
    }

    @Test
    void closingLeavesTheSocketOfASuccessor() throws IOException {
        start(ControlServer.Limits.DEFAULT);
        Files.delete(socket());
        try (ControlServer successor = ControlServer.start(socket(), node)) {
            stop();
            assertThat(successor).isNotNull();
            assertThat(ask(STATUS)).hasSize(1);
        }
    }

    @Test
    void garbageIsRefusedAndHarmsNobodyElse() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        start(ControlServer.Limits.DEFAULT);
        for (int i = 0; i < 100; i++) {
            byte[] garbage = new byte[1 + random.nextInt(300)];
            random.nextBytes(garbage);
            List<Reply> replies = sendRaw(garbage);
            assertThat(replies).as("seed %d", seed).hasSizeLessThan(2);
        }
        assertThat(sendRaw(new byte[] {3, (byte) 0xff, (byte) 0xff, (byte) 0xff})
                        .getFirst()
                        .getError())
                .contains("cannot be understood");
        assertThat(ask(STATUS)).hasSize(1);
    }

    @Test
    void anOversizedRequestIsRefusedByItsLengthAlone() throws IOException {
        start(ControlServer.Limits.DEFAULT);
        byte[] twoGigabytes = {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 7};
        assertThat(sendRaw(twoGigabytes).getFirst().getError()).contains("2147483647 bytes is announced");
        byte[] endless = {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff};
        assertThat(sendRaw(endless).getFirst().getError()).contains("no varint");
    }

    @Test
    void aSilentClientIsLetGo() throws IOException {
        start(new ControlServer.Limits(4, Duration.ofMillis(200)));
        try (SocketChannel silent = connectRaw()) {
            assertThat(silent.read(ByteBuffer.allocate(10))).isEqualTo(-1);
        }
        try (SocketChannel halfway = connectRaw()) {
            halfway.write(ByteBuffer.wrap(new byte[] {20, 1}));
            assertThat(halfway.read(ByteBuffer.allocate(10))).isEqualTo(-1);
        }
        await().atMost(PATIENCE)
                .ignoreExceptions()
                .untilAsserted(
                        () -> assertThat(ask(STATUS).getFirst().hasStatus()).isTrue());
    }

    @Test
    void aClientThatReadsNothingIsLetGo() throws Exception {
        node.flows = rows(3);
        node.repetitions = 1_000_000;
        start(new ControlServer.Limits(8, Duration.ofMillis(300)));
        try (ControlChannel lazy = ControlChannel.connect(socket(), PATIENCE)) {
            lazy.write(FLOWS);
            lazy.flush();
            assertThat(node.streamEnded.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(node.streamEndedBy).hasMessageContaining("silent");
        }
        assertThat(ask(STATUS)).hasSize(1);
    }

    @Test
    void aClientThatLeavesInTheMiddleEndsItsStream() throws Exception {
        node.flows = rows(3);
        node.repetitions = 1_000_000;
        start(ControlServer.Limits.DEFAULT);
        try (ControlChannel client = ControlChannel.connect(socket(), PATIENCE)) {
            client.write(FLOWS);
            client.flush();
            assertThat(client.read(Reply.parser())).isNotNull();
        }
        assertThat(node.streamEnded.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(node.streamEndedBy).isInstanceOf(UncheckedIOException.class);
        assertThat(ask(STATUS)).hasSize(1);
    }

    @Test
    void fiftyClientsAtOnce() throws Exception {
        node.flows = rows(10);
        node.repetitions = 100;
        start(ControlServer.Limits.DEFAULT);
        List<Future<List<Reply>>> answers = new ArrayList<>();
        try (ExecutorService clients = Executors.newFixedThreadPool(50)) {
            for (int i = 0; i < 50; i++) {
                answers.add(clients.submit(() -> ask(FLOWS)));
            }
            for (Future<List<Reply>> answer : answers) {
                assertThat(answer.get()).hasSize(1_001);
            }
        }
    }

    @Test
    void oneTooManyIsToldSo() throws IOException {
        start(new ControlServer.Limits(1, Duration.ofSeconds(30)));
        try (SocketChannel first = connectRaw()) {
            assertThat(first.isConnected()).isTrue();
            await().atMost(PATIENCE).ignoreExceptions().untilAsserted(() -> {
                try (ControlChannel second = ControlChannel.connect(socket(), PATIENCE)) {
                    Reply reply = Objects.requireNonNull(second.read(Reply.parser()));
                    assertThat(reply.getError()).contains("already serves 1 control connections");
                }
            });
        }
        await().atMost(PATIENCE)
                .ignoreExceptions()
                .untilAsserted(
                        () -> assertThat(ask(STATUS).getFirst().hasStatus()).isTrue());
    }

    private Path socket() {
        return directory.resolve("made").resolve("control.sock");
    }

    private void start(ControlServer.Limits limits) throws IOException {
        server = ControlServer.start(socket(), node, limits);
    }

    private List<Reply> ask(Request request) throws IOException {
        try (ControlChannel client = ControlChannel.connect(socket(), PATIENCE)) {
            client.write(request);
            client.flush();
            List<Reply> replies = new ArrayList<>();
            for (Reply reply = client.read(Reply.parser()); reply != null; reply = client.read(Reply.parser())) {
                replies.add(reply);
            }
            return replies;
        }
    }

    private String error(Request request) throws IOException {
        List<Reply> replies = ask(request);
        assertThat(replies).hasSize(1);
        return replies.getFirst().getError();
    }

    private SocketChannel connectRaw() throws IOException {
        return SocketChannel.open(UnixDomainSocketAddress.of(socket()));
    }

    private List<Reply> sendRaw(byte[] bytes) throws IOException {
        try (SocketChannel channel = connectRaw()) {
            channel.write(ByteBuffer.wrap(bytes));
            channel.shutdownOutput();
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            ByteBuffer buffer = ByteBuffer.allocate(4096);
            while (channel.read(buffer) >= 0) {
                answer.write(buffer.array(), 0, buffer.position());
                buffer.clear();
            }
            List<Reply> replies = new ArrayList<>();
            var in = new ByteArrayInputStream(answer.toByteArray());
            for (Reply reply = Reply.parseDelimitedFrom(in); reply != null; reply = Reply.parseDelimitedFrom(in)) {
                replies.add(reply);
            }
            return replies;
        }
    }

    private static Request role(Role role) {
        return Request.newBuilder()
                .setRole(RoleRequest.newBuilder().setRole(role))
                .build();
    }

    private static Request verify(int limit) {
        return Request.newBuilder()
                .setVerify(VerifyRequest.newBuilder().setLimit(limit))
                .build();
    }

    private static Request resync(String peer) {
        return Request.newBuilder()
                .setResync(ResyncRequest.newBuilder().setPeer(peer))
                .build();
    }

    private static List<KernelDifference> differences(int count) {
        return rows(count).stream()
                .map(row -> KernelDifference.newBuilder()
                        .setKind("missing")
                        .setFlow(row)
                        .build())
                .toList();
    }

    private static List<FlowRow> rows(int count) {
        List<FlowRow> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            rows.add(FlowRows.row(FlowFilterTest.natted(), "fw1", i, true));
        }
        return rows;
    }
}
