package io.keepflow.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.node.api.ControlServer;
import io.keepflow.node.api.FakeNode;
import io.keepflow.node.config.Config;
import io.keepflow.protocol.v1.ExpectationRow;
import io.keepflow.protocol.v1.FlowsRequest;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
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
class CommandsTest {
    @TempDir
    Path directory = Path.of("");

    private final FakeNode node = new FakeNode();
    private final List<ControlServer> servers = new ArrayList<>();

    @BeforeEach
    void start() throws IOException {
        servers.add(ControlServer.start(socket(), node));
    }

    @AfterEach
    void stop() throws IOException {
        for (ControlServer server : servers) {
            server.close();
        }
    }

    @Test
    void statusOfAHealthyNode() throws IOException {
        node.status = Samples.healthyActive();
        CommandRun run = ask("status");
        assertThat(run.out()).isEqualTo(StatusScreenTest.golden("status-healthy-active.txt"));
        assertThat(run.err()).isEmpty();
        assertThat(run.exitCode()).isZero();
    }

    @Test
    void statusOfANodeThatIsNotReadyOrHasProblemsIsOne() {
        node.status = Samples.degradedActive();
        assertThat(ask("status").exitCode()).isEqualTo(1);
        node.status = Samples.healthyActive().toBuilder()
                .addProblems("the key is old")
                .build();
        assertThat(ask("status").exitCode()).isEqualTo(1);
        node.status = Samples.healthyActive().toBuilder().clearPeers().build();
        assertThat(ask("status").exitCode()).isEqualTo(1);
    }

    @Test
    void expectationsAsTableAndAsJson() {
        assertThat(ask("expectations").out()).isEmpty();
        node.expectations = List.of(ExpectationRow.newBuilder()
                .setFamily(2)
                .setProtocol(6)
                .setSrc("10.1.0.100")
                .setDst("10.2.0.100")
                .setDport(34829)
                .setMaskSrc("255.255.255.255")
                .setMasterProtocol(6)
                .setMasterSrc("10.1.0.100")
                .setMasterDst("10.2.0.100")
                .setMasterSport(50738)
                .setMasterDport(21)
                .setTimeout(299)
                .setHelper("ftp")
                .setFunction("nat-follow-master")
                .setOwner("fw1")
                .setVersion(7)
                .setInKernel(true)
                .build());
        assertThat(ask("expectations").out()).isEqualTo("""
                        HELPER  PROTO  EXPECTED FROM  TO                MASTER                            EXPIRES  OWNER  KERNEL
                        ftp     tcp    10.1.0.100:*   10.2.0.100:34829  10.1.0.100:50738 > 10.2.0.100:21  299 s    fw1    yes
                        """);
        CommandRun json = ask("expectations", "--json");
        assertThat(json.exitCode()).isZero();
        assertThat(json.out())
                .startsWith("[\n{\"family\":\"ipv4\",\"protocol\":\"tcp\",\"expected\":{\"src\":\"10.1.0.100\"")
                .contains("\"helper\":\"ftp\",\"function\":\"nat-follow-master\",\"owner\":\"fw1\"")
                .endsWith("}\n]\n");
    }

    @Test
    void statusOfAnUnreachableNode() throws IOException {
        CommandRun run = CommandRun.of("status", "--socket", "/nonexistent/control.sock");
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).isEqualTo(StatusScreenTest.golden("status-unreachable.txt"));
        assertThat(run.err().lines())
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80));
    }

    @Test
    void aSocketThatNobodyAnswersOnIsUnreachable() throws IOException {
        for (ControlServer server : servers) {
            Path stale = directory.resolve("stale.sock");
            Files.createLink(stale, socket());
            server.close();
            CommandRun run = CommandRun.of("status", "--socket", stale.toString());
            assertThat(run.exitCode()).isEqualTo(2);
            assertThat(run.complaint()).contains("connection refused").contains("systemctl start keepflow");
        }
    }

    @Test
    void statusAsJson() {
        node.status = Samples.degradedActive();
        CommandRun run = ask("status", "-o", "json");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(tokens(run.out())).isGreaterThan(50);
        assertThat(run.out())
                .startsWith("{\"healthy\":false,\"failover\":\"not ready\"")
                .contains(
                        "\"role\":\"active\"", "\"lagSeconds\":42.3,\"lagFlows\":1203", "\"problems\":[\"fw2 has not");
    }

    @Test
    void hostileTextStaysInsideJson() {
        node.status = Samples.overflowing();
        assertThat(tokens(ask("status", "-o", "json").out())).isGreaterThan(500);
    }

    @Test
    void promoteAndDemote() {
        assertThat(ask("demote")).isEqualTo(new CommandRun(0, "fw1 is standby now\n", ""));
        CommandRun refused = ask("promote");
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.complaint())
                .isEqualTo("keepflow: the node refuses: keepalived holds this node as standby; change its priority"
                        + " instead");
    }

    @Test
    void theSocketComesFromTheConfigurationToo() throws IOException {
        node.status = Samples.healthyActive();
        Path config = config("[control]\nsocket = \"" + socket() + "\"\n");
        assertThat(CommandRun.of("status", "--config", config.toString()).exitCode())
                .isZero();
        Files.writeString(config, "nonsense = 1\n");
        CommandRun wrong = CommandRun.of("status", "--config", config.toString());
        assertThat(wrong.exitCode()).isEqualTo(1);
        assertThat(wrong.err()).contains("1:1: nonsense: unknown key");
    }

    @Test
    void filtersBecomeTheRequest() {
        CommandRun run = ask(
                "flows",
                "-f",
                "ipv4",
                "-p",
                "tcp",
                "-s",
                "10.0.0.0/8",
                "-d",
                "198.51.100.7",
                "-r",
                "198.51.100.7",
                "-q",
                "203.0.113.1",
                "--sport",
                "1",
                "--dport",
                "443",
                "--mark",
                "0x10/0xff",
                "--zone",
                "3",
                "--state",
                "established",
                "-u",
                "ASSURED,!OFFLOAD",
                "-n",
                "-g",
                "-j",
                "--owner",
                "fw1",
                "--limit",
                "5");
        assertThat(run.err()).isEmpty();
        assertThat(node.lastRequest)
                .isEqualTo(FlowsRequest.newBuilder()
                        .setFamily(2)
                        .setProtocol(6)
                        .setOrigSrc("10.0.0.0/8")
                        .setOrigDst("198.51.100.7")
                        .setReplySrc("198.51.100.7")
                        .setReplyDst("203.0.113.1")
                        .setOrigSport(1)
                        .setOrigDport(443)
                        .setMark(0x10)
                        .setMarkMask(0xff)
                        .setZone(3)
                        .setState("ESTABLISHED")
                        .setStatusSet(4)
                        .setStatusClear(1 << 14)
                        .setSrcNat(true)
                        .setDstNat(true)
                        .setAnyNat(true)
                        .setOwner("fw1")
                        .setLimit(5)
                        .build());
        assertThat(ask("flows", "--orig-src", "10.0.0.1", "--orig-port-dst", "5", "-u", "unset")
                        .exitCode())
                .isZero();
        assertThat(node.lastRequest.getStatusClear()).isEqualTo(6);
        assertThat(ask("flows", "--mark", "4294967295").exitCode()).isZero();
        assertThat(node.lastRequest.getMark()).isEqualTo(-1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--frobnicate",
                "-p nonsense",
                "-p 256",
                "-p -1",
                "-s 10.0.0",
                "-s 10.0.0.0/40",
                "-f ipv5",
                "--sport 65536",
                "--sport -1",
                "--dport x",
                "--mark x",
                "--mark 1/",
                "--mark 1/0",
                "--mark 4294967296",
                "--zone 65536",
                "--state OPEN",
                "-u NAPPED",
                "-u !",
                "--limit 0",
                "--limit -3",
                "-o xml",
                "-f ipv6 -s 10.0.0.1",
                "surplus"
            })
    void wrongFiltersAreWrongCommandLines(String options) {
        List<String> args = new ArrayList<>(List.of("flows", "--socket", socket().toString()));
        args.addAll(List.of(options.split(" ")));
        CommandRun run = CommandRun.of(args.toArray(String[]::new));
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().lines()).hasSize(2);
        assertThat(run.err()).startsWith("keepflow flows: ").endsWith("Try 'keepflow flows --help'.\n");
    }

    @Test
    void flowsAsJson() {
        node.flows = FlowSamples.all();
        CommandRun run = ask("flows", "-o", "json");
        assertThat(run.exitCode()).isZero();
        assertThat(tokens(run.out())).isGreaterThan(100);
        assertThat(run.out().lines().toList().get(1))
                .isEqualTo("{\"family\":\"ipv4\",\"protocol\":\"tcp\",\"state\":\"ESTABLISHED\",\"original\":{\"src\":"
                        + "\"10.1.2.3\",\"dst\":\"198.51.100.7\",\"sport\":40001,\"dport\":443},\"reply\":{\"src\":"
                        + "\"198.51.100.7\",\"dst\":\"203.0.113.1\",\"sport\":443,\"dport\":1024},\"status\":"
                        + "[\"ASSURED\",\"CONFIRMED\",\"SEEN_REPLY\",\"SRC_NAT\"],\"timeout\":431999,\"mark\":0,"
                        + "\"owner\":\"fw1\",\"version\":7,\"inKernel\":true},");
        node.flows = List.of();
        assertThat(ask("flows", "-o", "json").out()).isEqualTo("[\n\n]\n");
    }

    @Test
    void flowsAsATable() throws IOException {
        node.flows = FlowSamples.all();
        assertThat(ask("flows").out()).isEqualTo(StatusScreenTest.golden("flows-wide.txt"));
        String narrow = CommandRun.with(
                        config -> {}, CommandRun.GOOD_KEYS, 80, "flows", "--socket", socket().toString())
                .out();
        assertThat(narrow).isEqualTo(StatusScreenTest.golden("flows-80.txt"));
        assertThat(narrow.lines()).allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80));
        node.flows = List.of();
        assertThat(ask("flows").out()).isEmpty();
    }

    @Test
    void whatFewFlowsHaveIsShownInEveryFormat() {
        node.flows = List.of(FlowSamples.related());
        assertThat(ask("flows").out())
                .contains("assured helper=ftp related-to=10.1.2.3:39000 seq=+3/-4 synproxy labels=3,127\n");
        assertThat(ask("flows", "-o", "json").out())
                .contains("\"mark\":0,\"helper\":\"ftp\",\"master\":{\"protocol\":\"tcp\",\"src\":\"10.1.2.3\",\"dst\":"
                        + "\"198.51.100.7\",\"sport\":39000,\"dport\":21},\"sequenceOffsets\":{\"original\":3,"
                        + "\"reply\":-4},\"synproxy\":true,\"labels\":[3,127],\"owner\":\"fw1\"");
        assertThat(ask("flows", "-o", "conntrack").out()).endsWith(" mark=0 helper=ftp\n");
    }

    @Test
    void manyFlowsKeepTheirColumns() {
        node.flows = FlowSamples.all();
        node.repetitions = 1_000;
        String out = ask("flows").out();
        assertThat(out.lines()).hasSize(1 + 1_000 * node.flows.size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"table", "json", "conntrack"})
    void aClosedPipeEndsQuietly(String format) {
        node.flows = FlowSamples.all();
        node.repetitions = 100_000;
        CommandRun run = CommandRun.into(
                new FailingOutput("Broken pipe", 100_000), "flows", "-o", format, "--socket", socket().toString());
        assertThat(run.err()).isEmpty();
        assertThat(run.exitCode()).isEqualTo(141);
    }

    @ParameterizedTest
    @ValueSource(strings = {"table", "json", "conntrack"})
    void aFullDiskIsTold(String format) {
        node.flows = FlowSamples.all();
        node.repetitions = 10_000;
        CommandRun run = CommandRun.into(
                new FailingOutput("No space left on device", 0),
                "flows",
                "-o",
                format,
                "--socket",
                socket().toString());
        assertThat(run.err()).isEqualTo("keepflow: the output cannot be written: No space left on device\n");
        assertThat(run.exitCode()).isEqualTo(1);
    }

    @Test
    void aNodeThatDiesInTheMiddleIsTold() throws Exception {
        node.flows = FlowSamples.all();
        node.repetitions = 10_000_000;
        OutputStream killer = new OutputStream() {
            @Override
            public void write(int b) {
                throw new AssertionError("single bytes are not written");
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                stop();
            }
        };
        CommandRun run = CommandRun.into(killer, "flows", "--socket", socket().toString());
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.complaint()).contains("broke off its answer");
    }

    @Test
    void checkTellsAllProblemsOrOneGoodLine() throws IOException {
        Path config = config("");
        CommandRun good = CommandRun.of("check", "--config", config.toString());
        assertThat(good)
                .isEqualTo(new CommandRun(0, config + ": good; node fw1 of cluster edge, key 0123456789ab\n", ""));
        Files.writeString(config, "[node]\nname = 5\n[clustr]\n");
        CommandRun bad = CommandRun.of("check", "--config", config.toString());
        assertThat(bad.exitCode()).isEqualTo(1);
        assertThat(bad.out()).isEmpty();
        assertThat(bad.err().lines())
                .hasSize(3)
                .allSatisfy(line -> assertThat(line).startsWith(config + ":"));
    }

    @Test
    void checkExplainsTheFilterOnAFlow() throws IOException {
        Path config = config("""
                [replicate]
                include = [
                  { protocol = "tcp", source = "10.0.0.0/8" },
                  { protocol = "tcp", port = 8080, state = "ESTABLISHED" },
                ]
                exclude = [ { mark = "0x1/0x1" } ]
                only_assured = true
                min_age = 5
                """);
        int line = (int) Files.readString(config)
                        .lines()
                        .takeWhile(l -> !l.contains("10.0.0.0/8"))
                        .count()
                + 1;
        String place = "(" + config + ":";
        assertThat(explained(config, "tcp 10.0.0.1:1234 -> 192.0.2.1:443 assured age=10s"))
                .containsExactly(
                        "0",
                        "tcp 10.0.0.1:1234 -> 192.0.2.1:443: replicated",
                        "  include rule 1 " + place + line + ") matches",
                        "  no exclude rule matches:",
                        "    exclude rule 1 " + place + (line + 3) + "): mark differs");
        assertThat(explained(config, "tcp 10.0.0.1:1234 -> 192.0.2.1:443 assured mark=0x3 age=10s"))
                .containsExactly(
                        "1",
                        "tcp 10.0.0.1:1234 -> 192.0.2.1:443: held back as it is now; it is replicated as soon as that changes",
                        "  exclude rule 1 " + place + (line + 3) + ") matches");
        assertThat(explained(config, "tcp [2001:db8::1]:1 -> [2001:db8::2]:8080"))
                .containsExactly(
                        "1",
                        "tcp [2001:db8::1]:1 -> [2001:db8::2]:8080: held back as it is now; it is replicated as soon as that"
                                + " changes",
                        "  no include rule matches:",
                        "    include rule 1 " + place + line + "): source differs",
                        "    include rule 2 " + place + (line + 1) + "): state is not said (state=ESTABLISHED)");
        assertThat(explained(config, "udp 10.0.0.1:5 -> 10.0.0.2:6").get(1)).endsWith(": never replicated");
        assertThat(explained(config, "tcp 10.0.0.1:5 -> 10.0.0.2:6 age=10s"))
                .contains("  it is not assured, and only_assured = true");
        assertThat(explained(config, "tcp 10.0.0.1:5 -> 10.0.0.2:6 assured age=5"))
                .contains("  its age is 5 s, and only what is older than min_age, 5 s, is replicated");
        assertThat(explained(
                        config,
                        "ipv4     2 tcp      6 431999 ESTABLISHED src=10.1.2.3 dst=192.0.2.9 sport=40000 dport=8080 "
                                + "src=192.0.2.9 dst=203.0.113.1 sport=8080 dport=40000 [ASSURED] mark=2 use=1"))
                .contains(
                        "tcp 10.1.2.3:40000 -> 192.0.2.9:8080: held back as it is now; it is replicated as soon as that changes")
                .anyMatch(text -> text.startsWith("  its age is not said (age=10s)"));
        assertThat(explained(config(""), "icmp 10.0.0.1 -> 10.0.0.2"))
                .containsExactly(
                        "0",
                        "icmp 10.0.0.1 -> 10.0.0.2: replicated",
                        "  there is no [replicate] section: everything is");
        CommandRun bad =
                CommandRun.of("check", "--config", config.toString(), "--flow", "tcp 10.0.0.1:99999 -> 10.0.0.2:1");
        assertThat(bad.exitCode()).isEqualTo(2);
        assertThat(bad.complaint()).contains("port 99999 is out of range; expected a flow as \"tcp 10.0.0.1:1234 -> ");
    }

    private static List<String> explained(Path config, String flow) {
        CommandRun run = CommandRun.of("check", "--config", config.toString(), "--flow", flow);
        List<String> lines = new ArrayList<>(run.out().lines().toList());
        lines.addFirst(String.valueOf(run.exitCode()));
        assertThat(run.err()).isEmpty();
        return lines;
    }

    @Test
    void keygenMakesAKeyThatCheckAccepts() throws IOException {
        Path key = directory.resolve("cluster.key");
        CommandRun made = withRealKeys("keygen", key.toString());
        assertThat(made.exitCode()).isZero();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
                .isEqualTo("rw-------");
        String fingerprint = made.out().replaceAll("(?s).*fingerprint ([0-9a-f]+).*", "$1");
        assertThat(fingerprint).matches("[0-9a-f]{12}");
        assertThat(made.out()).contains("scp -p " + key);
        byte[] before = Files.readAllBytes(key);
        CommandRun again = withRealKeys("keygen", key.toString());
        assertThat(again.exitCode()).isEqualTo(1);
        assertThat(again.complaint()).contains(key + " exists and is left as it is");
        assertThat(Files.readAllBytes(key)).isEqualTo(before);
        Path config = Files.writeString(
                directory.resolve("k.toml"),
                "[node]\nname = \"fw1\"\n[cluster]\nname = \"edge\"\nbind = \"10.9.0.1\"\nkey_file = \"" + key
                        + "\"\n");
        assertThat(withRealKeys("check", "--config", config.toString()).out()).contains("key " + fingerprint);
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r-----"));
        CommandRun readable = withRealKeys("check", "--config", config.toString());
        assertThat(readable.exitCode()).isEqualTo(1);
        assertThat(readable.complaint()).contains("chmod 600");
        assertThat(withRealKeys("keygen", "/nonexistent/x/cluster.key").complaint())
                .contains("does not exist");
    }

    @Test
    void runStartsTheDaemonWithItsConfiguration() throws IOException {
        Path config = config("");
        List<Config> seen = new ArrayList<>();
        CommandRun run = CommandRun.with(seen::add, CommandRun.GOOD_KEYS, 0, "run", "--config", config.toString());
        assertThat(run.exitCode()).isZero();
        assertThat(seen).hasSize(1);
        assertThat(seen.getFirst().node().name()).isEqualTo("fw1");
        CommandRun failed = CommandRun.with(
                c -> {
                    throw new IOException("no netlink");
                },
                CommandRun.GOOD_KEYS,
                0,
                "run",
                "--config",
                config.toString());
        assertThat(failed.exitCode()).isEqualTo(1);
        Files.delete(config);
        CommandRun missing = CommandRun.of("run", "--config", config.toString());
        assertThat(missing.exitCode()).isEqualTo(1);
        assertThat(missing.err()).isEqualTo(config + ": does not exist; create it or name another with --config\n");
    }

    @Test
    void helpAndVersion() {
        assertThat(CommandRun.of("--version").out()).matches("keepflow [0-9]+\\.[0-9]+.*\n");
        CommandRun help = CommandRun.of("--help");
        assertThat(help.exitCode()).isZero();
        assertThat(help.out())
                .contains(
                        "run",
                        "status",
                        "flows",
                        "expectations",
                        "verify",
                        "resync",
                        "check",
                        "keygen",
                        "promote",
                        "demote");
        for (String command : List.of(
                "run", "status", "flows", "expectations", "verify", "resync", "check", "keygen", "promote", "demote")) {
            CommandRun run = CommandRun.of(command, "--help");
            assertThat(run.exitCode()).isZero();
            assertThat(run.out()).startsWith("Usage: keepflow " + command);
            assertThat(run.out().lines())
                    .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80));
        }
    }

    @Test
    void wrongCommandLines() {
        assertThat(CommandRun.of())
                .isEqualTo(new CommandRun(2, "", "keepflow: a command is missing\nTry 'keepflow --help'.\n"));
        assertThat(CommandRun.of("stats").err()).contains("did you mean").contains("status");
        assertThat(CommandRun.of("status", "--sokcet", "/x").err()).startsWith("keepflow status: Unknown option");
        assertThat(CommandRun.of("keygen").exitCode()).isEqualTo(2);
        assertThat(CommandRun.of("status", "--socket", "/a", "--config", "/b").exitCode())
                .isEqualTo(2);
    }

    @Test
    void stackTracesOnlyWithDebug() {
        assertThat(CommandRun.of("status", "--socket", "/nonexistent").err()).doesNotContain("\tat ");
        assertThat(CommandRun.of("--debug", "status", "--socket", "/nonexistent")
                        .err())
                .contains("\tat ");
        assertThat(CommandRun.of("status", "--debug", "--socket", "/nonexistent")
                        .err())
                .contains("\tat ");
    }

    private CommandRun ask(String command, String... more) {
        List<String> args = new ArrayList<>(List.of(command, "--socket", socket().toString()));
        args.addAll(List.of(more));
        return CommandRun.of(args.toArray(String[]::new));
    }

    private static CommandRun withRealKeys(String... args) {
        return CommandRun.with(config -> {}, new ClusterKeyFiles(), 0, args);
    }

    private Path socket() {
        return directory.resolve("control.sock");
    }

    private Path config(String more) throws IOException {
        return Files.writeString(directory.resolve("keepflow.toml"), """
                [node]
                name = "fw1"
                [cluster]
                name = "edge"
                bind = "10.9.0.1"
                key_file = "/etc/keepflow/cluster.key"
                """ + more);
    }

    /** Parses the whole text as JSON; returns the number of its tokens. */
    private static int tokens(String json) {
        int count = 0;
        try (JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), json)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                count++;
            }
        }
        return count;
    }

    /** Standard output that takes so many bytes and then fails. */
    private static final class FailingOutput extends OutputStream {
        private final String message;
        private int left;

        FailingOutput(String message, int left) {
            this.message = message;
            this.left = left;
        }

        @Override
        public void write(int b) throws IOException {
            if (left-- <= 0) {
                throw new IOException(message);
            }
        }
    }
}
