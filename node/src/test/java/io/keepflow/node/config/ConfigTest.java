package io.keepflow.node.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigTest {
    private static final String COMPLETE = """
            [node]
            name = "fw1"

            [cluster]
            name     = "edge"
            bind     = "10.9.0.1"
            key_file = "/etc/keepflow/cluster.key"

            [failover]
            keepalived_fifo = "/run/keepflow/vrrp.fifo"

            [metrics]
            listen = "127.0.0.1:9750"

            [control]
            socket = "/run/keepflow/control.sock"
            """;

    private static final String MINIMAL = """
            [node]
            name = "fw1"
            [cluster]
            name = "edge"
            bind = "10.9.0.1"
            key_file = "/k"
            """;

    @TempDir
    Path directory = Path.of("");

    @Test
    void readsTheCompleteConfiguration() throws Exception {
        Config config = load(COMPLETE);
        assertThat(config.node().name()).isEqualTo("fw1");
        assertThat(config.cluster().name()).isEqualTo("edge");
        assertThat(config.cluster().bind()).isEqualTo(InetAddress.ofLiteral("10.9.0.1"));
        assertThat(config.cluster().keyFile()).isEqualTo(Path.of("/etc/keepflow/cluster.key"));
        assertThat(config.failover().orElseThrow().keepalivedFifo()).isEqualTo(Path.of("/run/keepflow/vrrp.fifo"));
        assertThat(config.metrics().orElseThrow().listen())
                .isEqualTo(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 9750));
        assertThat(config.control().socket()).isEqualTo(Path.of("/run/keepflow/control.sock"));
    }

    @Test
    void defaultsArePinned() throws Exception {
        Config config = load(MINIMAL);
        assertThat(config.failover()).isEmpty();
        assertThat(config.metrics()).isEmpty();
        assertThat(config.control().socket()).isEqualTo(Path.of("/run/keepflow/control.sock"));
        assertThat(config.table().maxFlows()).isEqualTo(2_000_000);
        assertThat(config.table().eventBufferBytes()).isEqualTo(67_108_864);
        assertThat(config.table().eventBufferMaxBytes()).isEqualTo(268_435_456);
        assertThat(config.cluster().usesMulticast()).isTrue();
        assertThat(config.cluster().members()).isEmpty();
        assertThat(config.cluster().multicastGroup()).isEqualTo(InetAddress.ofLiteral("239.192.75.70"));
        assertThat(config.cluster().multicastPort()).isEqualTo(9752);
        assertThat(config.cluster().port()).isEqualTo(9753);
        assertThat(config.cluster().mtu()).isEqualTo(1500);
        Config ipv6 = load(MINIMAL.replace("10.9.0.1", "fd00:9::1"));
        assertThat(ipv6.cluster().multicastGroup()).isEqualTo(InetAddress.ofLiteral("ff15::4b46"));
    }

    @Test
    void labelsAreReplicatedByTheirMask() throws Exception {
        assertThat(load(MINIMAL).state().labelMask()).isZero();
        assertThat(load(MINIMAL + "[state]\nlabel_mask = \"0x8001\"\n").state().labelMask())
                .isEqualTo(0x8001);
        for (String wrong : List.of("\"8001\"", "\"0x\"", "\"0x" + "f".repeat(33) + "\"", "true", "255")) {
            assertThat(catchThrowableOfType(
                            ConfigException.class, () -> load(MINIMAL + "[state]\nlabel_mask = " + wrong + "\n")))
                    .hasMessageContaining("expected a mask of up to 128 bits");
        }
    }

    @Test
    void membersReplaceMulticastAndTakeTheClustersPort() throws Exception {
        Config config = load(MINIMAL + "port = 7000\nmembers = [\"10.9.0.1\", \"10.9.0.2:9753\"]\nmtu = 9000\n");
        assertThat(config.cluster().usesMulticast()).isFalse();
        assertThat(config.cluster().members())
                .containsExactly(
                        new InetSocketAddress(InetAddress.ofLiteral("10.9.0.1"), 7000),
                        new InetSocketAddress(InetAddress.ofLiteral("10.9.0.2"), 9753));
        assertThat(config.cluster().mtu()).isEqualTo(9000);
        Config ipv6 = load(MINIMAL.replace("10.9.0.1", "fd00::1") + "members = [\"fd00::1\", \"[fd00::2]:1\"]\n");
        assertThat(ipv6.cluster().members())
                .containsExactly(
                        new InetSocketAddress(InetAddress.ofLiteral("fd00::1"), 9753),
                        new InetSocketAddress(InetAddress.ofLiteral("fd00::2"), 1));
    }

    @Test
    void tellsEveryProblemAtOnceInTheOrderOfTheFile() throws IOException {
        String text = """
                colour = "red"
                [node]
                nmae = "fw1"

                [cluster]
                name = "an edge"
                bind = "10.9.0.300"
                port = "9753"
                mtu = 100
                members = ["10.9.0.1", 7, "fd00::1", "10.9.0.1", "10.9.0.2:99999"]
                [metric]
                listen = "localhost:9750"
                [table]
                max_flows = 1.5
                """;
        assertThat(problems(text)).containsExactly("""
                1:1: colour: unknown key outside of any section, expected one of node, cluster, failover, metrics, \
                control, table, state, replicate
                2:1: node.name: the key is missing from [node]
                3:1: node.nmae: unknown key, did you mean "name"?
                5:1: cluster.key_file: the key is missing from [cluster]
                6:1: cluster.name: "an edge" cannot be a name, expected 1 to 63 letters, digits, '.', '_' or '-', a \
                letter or digit first
                7:1: cluster.bind: "10.9.0.300" is not an IP address, expected this node's own address on the sync link
                8:1: cluster.port: "9753" is a string, expected a whole number from 1 to 65535
                9:1: cluster.mtu: 100 is out of range, expected a whole number from 576 to 65535
                10:24: cluster.members: 7 is a number, expected a node's address, as "10.9.0.2", "10.9.0.2:9753" or \
                "[fd00::2]:9753"
                10:38: cluster.members: "10.9.0.1" stands there twice
                10:50: cluster.members: "10.9.0.2:99999" has no port from 1 to 65535 after its last colon, expected a \
                node's address, as "10.9.0.2", "10.9.0.2:9753" or "[fd00::2]:9753"
                11:1: metric: unknown section, did you mean "metrics"?
                14:1: table.max_flows: 1.5 is a number with a fraction, expected a whole number from 1000 to 50000000
                """.split("\n"));
    }

    @Test
    void tellsEverySyntaxErrorAndWhatIsWrongBeforeTheFirst() throws IOException {
        List<String> problems = problems("""
                [node]
                nam = "fw1"
                [cluster]
                name = "edge
                bind = = 5
                name2 = "x"
                [node]
                x = 1
                """);
        assertThat(problems).hasSize(4);
        assertThat(problems.get(0)).isEqualTo("2:1: node.nam: unknown key, did you mean \"name\"?");
        assertThat(problems.get(1)).startsWith("4:13: not TOML: Unexpected end of line");
        assertThat(problems.get(2)).startsWith("5:8: not TOML: Unexpected '='");
        assertThat(problems.get(3)).startsWith("7:1: not TOML: node previously defined at line 1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "bind = \"10.9.0.1\" | bind = \"0.0.0.0\"         | cluster.bind: \"0.0.0.0\" means every address",
                "bind = \"10.9.0.1\" | bind = \"::\"              | cluster.bind: \"::\" means every address",
                "bind = \"10.9.0.1\" | bind = \"224.0.0.1\"       | cluster.bind: \"224.0.0.1\" is a multicast address",
                "bind = \"10.9.0.1\" | bind = \"255.255.255.255\" | is the broadcast address",
                "bind = \"10.9.0.1\" | bind = \"fw1.example\"     | is not an IP address",
                "bind = \"10.9.0.1\" | bind = \"10.9.1\"          | is not an IP address",
                "bind = \"10.9.0.1\" | bind = \"fd00::1::2\"      | is not an IP address",
                "bind = \"10.9.0.1\" | bind = \"::ffff:10.9.0.1\" | is not an IP address",
                "bind = \"10.9.0.1\" | bind = \"\"                | cluster.bind: is empty",
                "bind = \"10.9.0.1\" | bind = 1979-05-27          | 1979-05-27 is a date or time",
                "bind = \"10.9.0.1\" | bind = true                | true is a truth value",
                "bind = \"10.9.0.1\" | bind = [\"10.9.0.1\"]      | cluster.bind: is a list",
                "bind = \"10.9.0.1\" | bind.x = 1                 | cluster.bind: is a section",
                "name = \"fw1\" | name = \"self\"                 | node.name: \"self\" has a meaning of its own",
                "name = \"fw1\" | name = \"-x\"                   | node.name: \"-x\" cannot be a name",
                "key_file = \"/k\" | key_file = \"k\"             | cluster.key_file: \"k\" is no absolute path",
                "key_file = \"/k\" | key_file = \"/\"             | is no absolute path",
                "key_file = \"/k\" | key_file = \"/k\\u0000\"     | cannot be a path",
                "key_file = \"/k\" | keyfile = \"/k\"             | cluster.keyfile: unknown key, did you mean \"key_file\"?",
                "key_file = \"/k\" | key_file = \"/k\"\\nmulticast_group = \"10.0.0.1\" | \"10.0.0.1\" is no multicast address",
                "key_file = \"/k\" | key_file = \"/k\"\\nmulticast_group = \"ff15::1\"  | is not IPv4 as bind is",
                "key_file = \"/k\" | key_file = \"/k\"\\nmembers = []                   | cluster.members: the list is empty",
                "key_file = \"/k\" | key_file = \"/k\"\\nmembers = \"10.9.0.2\"         | is a string, expected a list",
                "key_file = \"/k\" | key_file = \"/k\"\\nmembers = [\"fd00::1\"]        | is not IPv4 as bind is",
                "key_file = \"/k\" | key_file = \"/k\"\\nmembers = [\"10.9.0.2:\"]      | has no port from 1 to 65535",
                "key_file = \"/k\" | key_file = \"/k\"\\nmembers = [\"[10.9.0.2\"]      | is not an IP address",
                "key_file = \"/k\" | key_file = \"/k\"\\nmembers = [\"10.9.0.2\"]\\nmulticast_port = 1 | stands beside a multicast key",
                "key_file = \"/k\" | key_file = \"/k\"\\nport = 0                       | cluster.port: 0 is out of range",
                "key_file = \"/k\" | key_file = \"/k\"\\nport = 9223372036854775807     | is out of range",
                "key_file = \"/k\" | key_file = \"/k\"\\n[metrics]\\nlisten = \"127.0.0.1\"      | metrics.listen: \"127.0.0.1\" has no port",
                "key_file = \"/k\" | key_file = \"/k\"\\n[metrics]\\nlisten = \"239.1.1.1:1\"    | is a multicast address",
                "key_file = \"/k\" | key_file = \"/k\"\\n[metrics]\\nlisten = \"[::1]\"          | has no port",
                "key_file = \"/k\" | key_file = \"/k\"\\n[metrics]                              | metrics.listen: the key is missing",
                "key_file = \"/k\" | key_file = \"/k\"\\n[failover]                             | failover.keepalived_fifo: the key is missing",
                "key_file = \"/k\" | key_file = \"/k\"\\n[failovr]                              | failovr: unknown section, did you mean \"failover\"?",
                "key_file = \"/k\" | key_file = \"/k\"\\n[[metrics]]\\nlisten = \"x\"           | metrics: is no section, expected [metrics]",
                "key_file = \"/k\" | key_file = \"/k\"\\n[table]\\nevent_buffer_max_bytes = 1000000       | table.event_buffer_max_bytes: 1000000 is less than event_buffer_bytes",
                "key_file = \"/k\" | key_file = \"/k\"\\n[table]\\nevent_buffer_bytes = 5       | table.event_buffer_bytes: 5 is out of range",
            })
    void refusesWhatCannotBe(String good, String bad, String complaint) throws IOException {
        assertThat(MINIMAL).contains(good);
        List<String> problems =
                problems(MINIMAL.replaceFirst(Pattern.quote(good), Matcher.quoteReplacement(bad.replace("\\n", "\n"))));
        assertThat(problems).anySatisfy(problem -> assertThat(problem).contains(complaint));
        assertThat(problems.stream().filter(p -> !p.contains("missing from [cluster]")))
                .hasSize(1);
    }

    @Test
    void ipv6NeedsItsLeastMtu() throws IOException {
        assertThat(problems(MINIMAL.replace("10.9.0.1", "fd00::1") + "mtu = 1000\n"))
                .containsExactly("7:1: cluster.mtu: 1000 is too small for IPv6, expected at least 1280");
    }

    @Test
    void aSocketPathMayNotBeTooLong() throws IOException {
        assertThat(problems(MINIMAL + "[control]\nsocket = \"/" + "x".repeat(100) + "\"\n"))
                .containsExactly(
                        "8:1: control.socket: a path of 101 bytes is too long for a socket, expected at most 90");
    }

    @Test
    void namesTheFileThatCannotBeRead() throws IOException {
        Path missing = directory.resolve("missing.toml");
        assertThat(failure(missing).getMessage())
                .isEqualTo(missing + ": does not exist; create it or name another with --config");
        Path binary = directory.resolve("binary.toml");
        Files.write(binary, new byte[] {(byte) 0xff, (byte) 0xfe, 0});
        assertThat(failure(binary).getMessage()).endsWith("is not text in UTF-8; save it as UTF-8");
        assertThat(failure(directory).getMessage()).contains("cannot be read");
    }

    @Test
    void anEmptyFileLacksItsSections() throws IOException {
        assertThat(problems(""))
                .contains("1:1: node: the section [node] is missing", "1:1: cluster: the section [cluster] is missing");
    }

    @Test
    void damagedFilesAreProblemsAndNeverAnythingElse() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 500; i++) {
            byte[] text = COMPLETE.getBytes(StandardCharsets.UTF_8);
            for (int j = 0; j <= random.nextInt(4); j++) {
                text[random.nextInt(text.length)] = (byte) random.nextInt(128);
            }
            Path file = directory.resolve("damaged.toml");
            Files.write(file, text);
            try {
                assertThat(Config.load(file).node().name()).isNotEmpty();
            } catch (ConfigException e) {
                assertThat(e.problems()).as("seed %d", seed).isNotEmpty();
            }
        }
    }

    private Config load(String text) throws IOException, ConfigException {
        return Config.load(file(text));
    }

    private Path file(String text) throws IOException {
        return Files.writeString(directory.resolve("keepflow.toml"), text);
    }

    private List<String> problems(String text) throws IOException {
        Path file = file(text);
        return failure(file).problems().stream()
                .map(problem -> problem.toString().replace(file + ":", ""))
                .toList();
    }

    private static ConfigException failure(Path file) {
        ConfigException failure = catchThrowableOfType(ConfigException.class, () -> Config.load(file));
        assertThat(failure).as("problems of %s", file).isNotNull();
        return failure;
    }
}
