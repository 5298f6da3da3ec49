package io.keepflow.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.node.api.ControlServer;
import io.keepflow.node.api.FakeNode;
import io.keepflow.node.cli.StatusCommand.Format;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class PlainStatusTest {
    @TempDir
    Path directory = Path.of("");

    private static final String[] PLAIN_OUTPUTS = {"", "-o text", "-o json", "--output text", "--output json"};

    @Test
    void readsTheSocketAndTheFormatInAnyOrder() {
        Path socket = Path.of("/run/keepflow/control.sock");
        assertThat(of("status")).isEqualTo(new PlainStatus(null, Format.text));
        assertThat(of("status --socket /run/keepflow/control.sock")).isEqualTo(new PlainStatus(socket, Format.text));
        assertThat(of("status --output text")).isEqualTo(new PlainStatus(null, Format.text));
        assertThat(of("status -o json")).isEqualTo(new PlainStatus(null, Format.json));
        assertThat(of("status -o json --socket /run/keepflow/control.sock"))
                .isEqualTo(new PlainStatus(socket, Format.json));
        assertThat(of("status --socket /run/keepflow/control.sock --output json"))
                .isEqualTo(new PlainStatus(socket, Format.json));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "flows",
                "-o json",
                "--debug status",
                "status --help",
                "status --socket",
                "status -o",
                "status --config x",
                "status --socket x y",
                "status -o json -o json",
                "status -o json --output text",
                "status --socket x --socket y",
                "status --socket x --config y",
                "status -o JSON",
                "status -o yaml",
                "status -ojson",
                "status -o=json",
                "status --output=json",
                "status --socket -o",
                "status --socket @file",
                "status --socket 'x'",
                "status --socket \"x\"",
                "status --socket ${HOME}/x"
            })
    void leavesEverythingElseToTheParser(String line) {
        assertThat(of(line)).isNull();
    }

    @Test
    void leavesWordsThatAreNoPathsToTheParser() {
        assertThat(PlainStatus.of()).isNull();
        assertThat(PlainStatus.of("status", "--socket", "")).isNull();
        assertThat(PlainStatus.of("status", "--socket", "a\0b")).isNull();
    }

    /** The parsed form of the same words: a socket after an equals sign is not plain. */
    @Test
    void saysWhatTheParsedFormSays() throws IOException {
        String socket = directory.resolve("control.sock").toString();
        FakeNode node = new FakeNode();
        try (ControlServer server = ControlServer.start(Path.of(socket), node)) {
            node.status = Samples.healthyActive();
            requireSameAsParsed(socket, 0);
            node.status = Samples.degradedActive();
            requireSameAsParsed(socket, 1);
        }
        requireSameAsParsed(socket, 2);
    }

    private static void requireSameAsParsed(String socket, int exitCode) {
        for (String output : PLAIN_OUTPUTS) {
            assertThat(CommandRun.of(words("status " + output + " --socket " + socket)))
                    .as("status %s", output)
                    .isEqualTo(CommandRun.of(words("status " + output + " --socket=" + socket)))
                    .extracting(CommandRun::exitCode)
                    .isEqualTo(exitCode);
        }
    }

    private static @Nullable PlainStatus of(String line) {
        return PlainStatus.of(words(line));
    }

    private static String[] words(String line) {
        return line.split(" +");
    }

    @Test
    void theHelpNamesEveryCommandHoweverItIsAskedFor() {
        String help = CommandRun.of("--help").out();
        assertThat(help)
                .contains("run ", "status ", "flows ", "verify ", "resync ", "expectations ", "check ", "keygen ")
                .contains("promote ", "demote ");
        assertThat(CommandRun.of("-h", "status").out()).isEqualTo(help);
        assertThat(CommandRun.of("--debug", "--help").out()).isEqualTo(help);
        assertThat(CommandRun.of("stats").complaint()).contains("did you mean");
        assertThat(CommandRun.of("-V").out())
                .isEqualTo(CommandRun.of("--version").out());
    }
}
