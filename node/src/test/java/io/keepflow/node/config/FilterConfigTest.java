package io.keepflow.node.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.keepflow.node.filter.Mark;
import io.keepflow.node.filter.Range;
import io.keepflow.node.filter.Rule;
import io.keepflow.node.filter.Selection;
import io.keepflow.node.filter.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code [replicate]}. */
class FilterConfigTest {
    private static final String HEAD = """
            [node]
            name = "fw1"
            [cluster]
            name = "edge"
            bind = "10.9.0.1"
            key_file = "/k"
            [replicate]
            """;

    @TempDir
    Path directory = Path.of("");

    @Test
    void withoutTheSectionEverythingIsReplicated() throws Exception {
        assertThat(load("").isEverything()).isTrue();
        assertThat(Config.load(write(HEAD.replace("[replicate]\n", ""))).replicate())
                .isEqualTo(Selection.EVERYTHING);
    }

    @Test
    void readsEveryKey() throws Exception {
        Selection selection = load("""
                include = [
                  { protocol = "tcp", source = "10.0.0.0/8", destination = ["192.0.2.0/24", "198.51.100.7"], port = "8000-8100",
                    source_port = [1024, "2000-3000"], mark = "0x1/0xff", zone = 7, state = ["ESTABLISHED", "fin_wait"], nat = true },
                  { protocol = ["udp", 47], source = "2001:db8::/32", mark = [5, "0x10"], assured = false },
                ]
                exclude = [ { protocol = "icmp" } ]
                only_assured = true
                min_age = "2min"
                """);
        Rule first = selection.include().getFirst();
        assertThat(first.line()).isEqualTo(9);
        assertThat(first.identity().protocols()).containsExactly(Range.of(6));
        assertThat(first.identity().sources()).asString().isEqualTo("[10.0.0.0/8]");
        assertThat(first.identity().destinations()).asString().isEqualTo("[192.0.2.0/24, 198.51.100.7/32]");
        assertThat(first.identity().ports()).containsExactly(new Range(8000, 8100));
        assertThat(first.identity().sourcePorts()).containsExactly(Range.of(1024), new Range(2000, 3000));
        assertThat(first.identity().zones()).containsExactly(Range.of(7));
        assertThat(first.state())
                .isEqualTo(new State(List.of(new Mark(1, 0xff)), List.of(Range.of(3), Range.of(4)), true, null));
        Rule second = selection.include().getLast();
        assertThat(second.line()).isEqualTo(11);
        assertThat(second.identity().protocols()).containsExactly(Range.of(17), Range.of(47));
        assertThat(second.identity().sources()).asString().isEqualTo("[2001:db8::/32]");
        assertThat(second.state())
                .isEqualTo(new State(List.of(new Mark(5, -1), new Mark(16, -1)), List.of(), null, false));
        assertThat(selection.exclude()).hasSize(1);
        assertThat(selection.onlyAssured()).isTrue();
        assertThat(selection.minAgeSeconds()).isEqualTo(120);
    }

    @Test
    void rulesMayStandInTablesOfTheirOwn() throws Exception {
        Selection selection = load("""
                min_age = 5
                [[replicate.exclude]]
                protocol = "udp"
                port = 53
                [[replicate.exclude]]
                mark = 0
                """);
        assertThat(selection.exclude()).extracting(Rule::line).containsExactly(9, 12);
        assertThat(selection.minAgeSeconds()).isEqualTo(5);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
        includes = []                                      | 8:1: replicate.includes: unknown key, did you mean "include"?
        include = { protocol = "tcp" }                     | 8:1: replicate.include: is a section, expected a list of rules, as [ { protocol = "tcp", port = 443 } ]
        include = []                                       | 8:1: replicate.include: the list is empty, expected a list of rules, as [ { protocol = "tcp", port = 443 } ], or no such key
        include = ["tcp"]                                  | 8:12: replicate.include[1]: "tcp" is a string, expected a list of rules, as [ { protocol = "tcp", port = 443 } ]
        exclude = [{}]                                     | 8:12: replicate.exclude[1]: the rule has no condition, so it would match every flow; expected at least one
        exclude = [{ protcol = "tcp" }]                    | 8:14: replicate.exclude[1].protcol: unknown key, did you mean "protocol"?
        exclude = [{ protocol = "tpc" }]                   | 8:14: replicate.exclude[1].protocol: "tpc" is no protocol, did you mean "tcp"? (or a number from 0 to 255)
        exclude = [{ protocol = 256 }]                     | 8:14: replicate.exclude[1].protocol: 256 is no protocol, expected one of gre, icmp, icmpv6, sctp, tcp, udp, udplite (or a number from 0 to 255)
        exclude = [{ protocol = true }]                    | 8:14: replicate.exclude[1].protocol: true is a truth value, expected a name, as "tcp", or an IP protocol number from 0 to 255
        exclude = [{ source = "10.0.0.0/33" }]             | 8:14: replicate.exclude[1].source: "10.0.0.0/33" has no prefix length from 0 to 32 after its slash, expected an address or a CIDR prefix, as "10.0.0.0/8" or "2001:db8::/32"
        exclude = [{ source = "10.0.0.1/8" }]              | 8:14: replicate.exclude[1].source: "10.0.0.1/8" has bits set behind its length, expected "10.0.0.0/8"
        exclude = [{ source = "host.example" }]            | 8:14: replicate.exclude[1].source: "host.example" is not an IPv4 or IPv6 address, expected an address or a CIDR prefix, as "10.0.0.0/8" or "2001:db8::/32"
        exclude = [{ source = "10.0.0.1", destination = "::1" }] | 8:35: replicate.exclude[1].destination: is of the other family than source, so nothing would match; expected both IPv4 or both IPv6
        exclude = [{ port = 53 }]                          | 8:14: replicate.exclude[1].port: needs a protocol that has ports, expected protocol = "tcp", "udp", "sctp" or "udplite", or a list of them, in the same rule
        exclude = [{ protocol = "icmp", source_port = 1 }] | 8:33: replicate.exclude[1].source_port: needs a protocol that has ports, expected protocol = "tcp", "udp", "sctp" or "udplite", or a list of them, in the same rule
        exclude = [{ protocol = "tcp", port = "9-5" }]     | 8:32: replicate.exclude[1].port: "9-5" is out of range, expected a port from 0 to 65535, or a range as "8000-8100"
        exclude = [{ protocol = "tcp", port = 65536 }]     | 8:32: replicate.exclude[1].port: 65536 is out of range, expected a port from 0 to 65535, or a range as "8000-8100"
        exclude = [{ protocol = "tcp", port = "https" }]   | 8:32: replicate.exclude[1].port: "https" is no range, expected a port from 0 to 65535, or a range as "8000-8100"
        exclude = [{ zone = -1 }]                          | 8:14: replicate.exclude[1].zone: -1 is out of range, expected a zone from 0 to 65535, or a range as "8000-8100"
        exclude = [{ mark = "0x1/0xfffffffff" }]           | 8:14: replicate.exclude[1].mark: "0x1/0xfffffffff" is no mark of 32 bits, expected a mark, as 1 or "0x1", or a mark and its mask, as "0x1/0xff"
        exclude = [{ mark = "0x100/0xff" }]                | 8:14: replicate.exclude[1].mark: "0x100/0xff" has bits outside of its mask, so nothing would match
        exclude = [{ state = "ESTABLISHED" }]              | 8:14: replicate.exclude[1].state: is a state of TCP, expected protocol = "tcp" in the same rule
        exclude = [{ protocol = "tcp", state = "ESTABLISHD" }] | 8:32: replicate.exclude[1].state: "ESTABLISHD" is no state of TCP, did you mean "ESTABLISHED"?
        exclude = [{ nat = "yes" }]                        | 8:14: replicate.exclude[1].nat: "yes" is a string, expected true or false
        only_assured = 1                                   | 8:1: replicate.only_assured: 1 is a number, expected true or false
        min_age = "5 days"                                 | 8:1: replicate.min_age: "5 days" is no time, expected seconds or a text as "5s" or "2min", at most an hour
        min_age = "2h"                                     | 8:1: replicate.min_age: "2h" is too long, expected seconds or a text as "5s" or "2min", at most an hour
        min_age = -5                                       | 8:1: replicate.min_age: -5 is no time, expected seconds or a text as "5s" or "2min", at most an hour
        """)
    void everyMistakeIsNamedWithItsPlace(String line, String problem) throws IOException {
        Path file = write(HEAD + line + "\n");
        ConfigException thrown = catchThrowableOfType(ConfigException.class, () -> Config.load(file));
        assertThat(thrown).isNotNull();
        assertThat(thrown.getMessage()).isEqualTo(file + ":" + problem);
    }

    @Test
    void allMistakesOfAllRulesAreToldAtOnce() throws IOException {
        Path file = write(HEAD + "include = [{ port = 1 }, { state = 5 }]\nexclude = [{ zone = \"x\" }]\n");
        ConfigException thrown = catchThrowableOfType(ConfigException.class, () -> Config.load(file));
        assertThat(thrown.problems())
                .extracting(ConfigException.Problem::key)
                .containsExactly(
                        "replicate.include[1].port",
                        "replicate.include[2].state",
                        "replicate.include[2].state",
                        "replicate.exclude[1].zone");
    }

    private Selection load(String section) throws Exception {
        return Config.load(write(HEAD + section)).replicate();
    }

    private Path write(String text) throws IOException {
        return Files.writeString(directory.resolve("keepflow.toml"), text);
    }
}
