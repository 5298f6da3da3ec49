package io.keepflow.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.node.api.ControlServer;
import io.keepflow.node.api.FakeNode;
import io.keepflow.protocol.v1.Peer;
import io.keepflow.protocol.v1.Status;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ResyncCommandTest {
    @TempDir
    Path directory = Path.of("");

    private final FakeNode node = new FakeNode();
    private ControlServer server;

    @BeforeEach
    void start() throws IOException {
        server = ControlServer.start(socket(), node);
        node.status = status(complete("fw2", 198_342));
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @Test
    void waitsUntilAllIsHere() {
        node.nextStatuses.add(status(fetching("fw2", 0, 0)));
        node.nextStatuses.add(status(fetching("fw2", 103_137, 198_342)));
        CommandRun run = resync("--peer", "fw2");
        assertThat(node.lastResync).isEqualTo("fw2");
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).matches("fw2: all 198,342 flows are here, fetched anew in [0-9.]+ m?s\n");
        assertThat(node.nextStatuses).isEmpty();
    }

    @Test
    void showsOnATerminalHowFarItIs() {
        node.nextStatuses.add(status(fetching("fw2", 103_137, 198_342)));
        CommandRun run = CommandRun.with(
                config -> {}, CommandRun.GOOD_KEYS, 100, "resync", "--socket", socket().toString(), "--peer", "fw2");
        assertThat(run.out())
                .startsWith("fw2  [#####-----] 51 %  103,137 of 198,342, 33,270 per second, 2.9 s left\r")
                .matches("(?s).*\rfw2: all 198,342 flows are here, fetched anew in [0-9.]+ m?s\n");
    }

    @Test
    void withoutANameFromAllThatTakePart() {
        node.status = status(
                complete("fw2", 12),
                Peer.newBuilder().setName("fw3").build(),
                complete("fw4", 0),
                Peer.newBuilder()
                        .setName("fw5")
                        .setConnected(true)
                        .setRefused("speaks protocol 2")
                        .build());
        CommandRun run = resync();
        assertThat(run.exitCode()).isZero();
        assertThat(node.lastResync).isEmpty();
        assertThat(run.out().lines().map(line -> line.replaceAll(" in .*", "")))
                .containsExactly("fw2: all 12 flows are here, fetched anew", "fw4: it has none, asked anew");
    }

    @Test
    void whatHasNotReachedTheKernelIsSaid() {
        node.status = node.status.toBuilder().setInjectBacklog(512).build();
        assertThat(resync("--peer", "fw2").out()).contains("; 512 flows of all peers on the way into the kernel");
    }

    @Test
    void doesNotWaitIfItIsToldSo() {
        node.status = status(fetching("fw2", 0, 0));
        CommandRun run = resync("--no-wait");
        assertThat(run).isEqualTo(new CommandRun(0, "fetching everything anew that fw2 owns\n", ""));
    }

    @Test
    void whatTheNodeRefusesIsTold() {
        CommandRun run = resync("--peer", "fw9");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.complaint()).isEqualTo("keepflow: the node refuses: there is no peer fw9; known are fw2");
    }

    @Test
    void aPeerThatGoesAwayEndsTheWait() {
        node.nextStatuses.add(status(fetching("fw2", 10, 20)));
        node.status = status(Peer.newBuilder().setName("fw2").build());
        CommandRun run = resync("--peer", "fw2");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.complaint()).contains("fw2 went away during the resync; it goes on by itself");
    }

    /** As with a full table. */
    @Test
    void attemptsThatFailAgainAndAgainEndTheWait() {
        Peer failing = fetching("fw2", 10, 20);
        node.nextStatuses.add(status(failing.toBuilder().setSyncFailures(2).build()));
        node.status = status(failing.toBuilder().setFlows(10).setSyncFailures(3).build());
        CommandRun run = resync("--peer", "fw2");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.complaint())
                .contains("what fw2 owns was fetched 3 times, and 10 flows here are still not what it owns");
    }

    @Test
    void aNodeThatDoesNotRunIsTwo() {
        assertThat(CommandRun.of("resync", "--socket", "/nonexistent").exitCode())
                .isEqualTo(2);
    }

    @Test
    void anOldNodeIsTold() throws IOException {
        try (OldNode old = OldNode.start(directory.resolve("old.sock"))) {
            CommandRun run = CommandRun.of("resync", "--socket", old.socket());
            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.complaint()).contains("command line and node must be of one version");
        }
    }

    @Test
    void wrongCommandLines() {
        assertThat(resync("fw2").exitCode()).isEqualTo(2);
        assertThat(resync("--peer").exitCode()).isEqualTo(2);
        assertThat(node.lastResync).isEqualTo("none");
    }

    private static Status status(Peer... peers) {
        return Status.newBuilder().addAllPeers(List.of(peers)).build();
    }

    private static Peer complete(String name, long flows) {
        return Peer.newBuilder()
                .setName(name)
                .setConnected(true)
                .setComplete(true)
                .setFlows(flows)
                .build();
    }

    private static Peer fetching(String name, long got, long expected) {
        return Peer.newBuilder()
                .setName(name)
                .setConnected(true)
                .setSyncFlows(got)
                .setSyncExpected(expected)
                .setSyncProgress(expected == 0 ? 0 : (double) got / expected)
                .setSyncRate(33_270.4)
                .setSyncRemainingSeconds(2.86)
                .build();
    }

    private CommandRun resync(String... more) {
        List<String> args = new ArrayList<>(List.of("resync", "--socket", socket().toString()));
        args.addAll(List.of(more));
        return CommandRun.of(args.toArray(String[]::new));
    }

    private Path socket() {
        return directory.resolve("control.sock");
    }
}
