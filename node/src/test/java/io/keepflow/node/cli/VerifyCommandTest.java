package io.keepflow.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.node.api.ControlServer;
import io.keepflow.node.api.FakeNode;
import io.keepflow.protocol.v1.AuditSummary;
import io.keepflow.protocol.v1.DifferenceCount;
import io.keepflow.protocol.v1.FlowRow;
import io.keepflow.protocol.v1.KernelDifference;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

@Timeout(60)
class VerifyCommandTest {
    private static final Peer EQUAL = Peer.newBuilder()
            .setName("fw2")
            .setConnected(true)
            .setComplete(true)
            .setHoldsOurs(true)
            .build();

    @TempDir
    Path directory = Path.of("");

    private final FakeNode node = new FakeNode();
    private ControlServer server;

    @BeforeEach
    void start() throws IOException {
        server = ControlServer.start(socket(), node);
        node.audit = AuditSummary.newBuilder()
                .setDurationMs(312)
                .setCompared(198_342)
                .build();
        node.status = Status.newBuilder().addPeers(EQUAL).build();
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    private void findSome() {
        node.differences = List.of(
                difference("missing", "put back", FlowSamples.snat()),
                difference(
                        "extra",
                        "taken in",
                        FlowSamples.dnat().toBuilder().setOwner("unowned").build()),
                difference("different", "rewritten as its owner has it", FlowSamples.ipv6()));
        node.audit = node.audit.toBuilder()
                .addDifferences(count("restored", "missing", "put back", 1))
                .addDifferences(count("found", "extra", "taken in", 1_200))
                .addDifferences(count("rewritten", "different", "rewritten as its owner has it", 1))
                .build();
    }

    @Test
    void noDifferenceIsOneLineAndOneForEachPeer() {
        CommandRun run = verify();
        assertThat(run).isEqualTo(new CommandRun(0, """
                        compared 198,342 entries of the kernel with the table in 312 ms: no difference
                        fw2: holds all of our flows; it has none
                        """, ""));
        assertThat(node.lastLimit).isEqualTo(100);
    }

    @Test
    void differencesAreListedAndCounted() {
        findSome();
        node.repetitions = 3;
        CommandRun run = verify();
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).isEqualTo("""
                        missing    tcp  ESTABLISHED  10.1.2.3:40001 > 198.51.100.7:443  nat src 203.0.113.1:1024  of fw1  assured: put back
                        extra      udp  10.1.2.3:40001 > 203.0.113.1:53  nat dst 10.2.0.8:5353  unowned  unreplied mark=77 zone=5: taken in
                        different  tcp  TIME_WAIT  [2001:db8:1111:2222:3333:4444:5555:6666]:40001 > [2001:db8:1111:2222:3333:4444:5555:7777]:443  of a-firewall-with~  not-in-kernel: rewritten as its owner has it
                        and 1,199 more
                        compared 198,342 entries of the kernel with the table in 312 ms: 1,202 differences
                          1 missing, put back
                          1,200 extra, taken in
                          1 different, rewritten as its owner has it
                        fw2: holds all of our flows; it has none
                        """);
    }

    @Test
    void theLimitBoundsWhatIsListedAndNotWhatIsCounted() {
        findSome();
        CommandRun run = verify("--limit", "1");
        assertThat(node.lastLimit).isEqualTo(1);
        assertThat(run.out().lines().filter(line -> line.contains(" > "))).hasSize(1);
        assertThat(run.out()).contains("and 1,201 more").contains("1,202 differences");
        CommandRun none = verify("--limit", "0");
        assertThat(none.exitCode()).isEqualTo(1);
        assertThat(none.out()).startsWith("and 1,202 more\n");
    }

    @Test
    void peersThatDoNotHoldTheSameAreADifference() {
        node.status = Status.newBuilder()
                .addPeers(EQUAL.toBuilder().setFlows(12))
                .addPeers(EQUAL.toBuilder().setName("fw3").setHoldsOurs(false))
                .addPeers(EQUAL.toBuilder().setName("fw4").setComplete(false))
                .addPeers(Peer.newBuilder().setName("fw5"))
                .addPeers(Peer.newBuilder().setName("fw6").setConnected(true).setRefused("speaks protocol 2"))
                .build();
        CommandRun run = verify();
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out()).endsWith("""
                        fw2: holds all of our flows; all 12 of its are here
                        fw3: does not hold all of our flows yet; it has none
                        fw4: holds all of our flows; not all of its flows are here yet
                        fw5: not connected
                        fw6: takes no part: it speaks protocol 2
                        """);
    }

    /** Nothing can be compared with it, and status says that it is a problem. */
    @Test
    void aPeerThatIsAwayIsNoDifference() {
        node.status =
                Status.newBuilder().addPeers(Peer.newBuilder().setName("fw2")).build();
        assertThat(verify().exitCode()).isZero();
    }

    @Test
    void asJson() {
        findSome();
        CommandRun run = verify("-o", "json");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(depthAtEnd(run.out())).isZero();
        assertThat(run.out())
                .startsWith("{\"differences\":[{\"kind\":\"missing\",\"remedy\":\"put back\",\"flow\":{")
                .contains("{\"kind\":\"different\",\"remedy\":\"rewritten as its owner has it\",\"flow\":{")
                .endsWith("}],\"more\":1199,\"audit\":{\"agoMs\":0,\"durationMs\":312,\"compared\":198342,"
                        + "\"differences\":1202,\"kinds\":["
                        + "{\"name\":\"restored\",\"kind\":\"missing\",\"remedy\":\"put back\",\"count\":1},"
                        + "{\"name\":\"found\",\"kind\":\"extra\",\"remedy\":\"taken in\",\"count\":1200},"
                        + "{\"name\":\"rewritten\",\"kind\":\"different\","
                        + "\"remedy\":\"rewritten as its owner has it\",\"count\":1}]},"
                        + "\"peers\":[{\"name\":\"fw2\",\"connected\":true,\"refused\":\"\",\"flows\":0,"
                        + "\"complete\":true,\"holdsOurs\":true}]}\n");
    }

    @Test
    void noDifferenceAsJson() {
        CommandRun run = verify("-o", "json");
        assertThat(run.exitCode()).isZero();
        assertThat(run.out())
                .startsWith("{\"differences\":[],\"more\":0,\"audit\":{")
                .endsWith("}\n");
        assertThat(depthAtEnd(run.out())).isZero();
    }

    /** Neither "no difference" nor "differences". */
    @Test
    void anAuditThatFailedIsThree() {
        node.auditFailure = "the table could not be compared with the kernel: no memory";
        CommandRun run = verify();
        assertThat(run.exitCode()).isEqualTo(3);
        assertThat(run.out()).isEmpty();
        assertThat(run.complaint()).contains("the node refuses: the table could not be compared with the kernel");
    }

    @Test
    void aNodeThatDoesNotRunIsTwo() {
        CommandRun run = CommandRun.of("verify", "--socket", "/nonexistent/control.sock");
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.complaint()).contains("no node answers on /nonexistent/control.sock");
    }

    @Test
    void anOldNodeIsTold() throws IOException {
        try (OldNode old = OldNode.start(directory.resolve("old.sock"))) {
            CommandRun run = CommandRun.of("verify", "--socket", old.socket());
            assertThat(run.exitCode()).isEqualTo(3);
            assertThat(run.complaint()).contains("command line and node must be of one version");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--limit -1", "--limit 10001", "--limit many", "-o xml", "fw2"})
    void wrongCommandLines(String options) {
        CommandRun run = verify(options.split(" "));
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).contains("Try 'keepflow verify --help'");
        assertThat(node.lastLimit).as("asked the node").isZero();
    }

    /** Parses the whole text as JSON; returns how many objects and arrays are open at its end. */
    private static int depthAtEnd(String json) {
        int depth = 0;
        try (JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), json)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
            }
        }
        return depth;
    }

    private static KernelDifference difference(String kind, String remedy, FlowRow flow) {
        return KernelDifference.newBuilder()
                .setKind(kind)
                .setRemedy(remedy)
                .setFlow(flow)
                .build();
    }

    private static DifferenceCount count(String name, String kind, String remedy, long count) {
        return DifferenceCount.newBuilder()
                .setName(name)
                .setKind(kind)
                .setRemedy(remedy)
                .setCount(count)
                .build();
    }

    private CommandRun verify(String... more) {
        List<String> args = new ArrayList<>(List.of("verify", "--socket", socket().toString()));
        args.addAll(List.of(more));
        return CommandRun.of(args.toArray(String[]::new));
    }

    private Path socket() {
        return directory.resolve("control.sock");
    }
}
