package io.keepflow.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.node.api.ControlServer;
import io.keepflow.node.api.FakeNode;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PlainStatusTest {
    @TempDir
    Path directory = Path.of("");

    @Test
    void onlyTwoFormsArePlain() {
        assertThat(PlainStatus.isMeant("status")).isTrue();
        assertThat(PlainStatus.isMeant("status", "--socket", "/run/keepflow/control.sock"))
                .isTrue();
        assertThat(PlainStatus.isMeant()).isFalse();
        assertThat(PlainStatus.isMeant("flows")).isFalse();
        assertThat(PlainStatus.isMeant("status", "--help")).isFalse();
        assertThat(PlainStatus.isMeant("status", "--socket")).isFalse();
        assertThat(PlainStatus.isMeant("status", "--config", "x")).isFalse();
        assertThat(PlainStatus.isMeant("--debug", "status")).isFalse();
        assertThat(PlainStatus.isMeant("status", "--socket", "x", "y")).isFalse();
        for (String special : new String[] {"", "-o", "@file", "\"x\"", "'x'", "${HOME}/x"}) {
            assertThat(PlainStatus.isMeant("status", "--socket", special)).isFalse();
        }
    }

    @Test
    void saysWhatTheParsedFormSays() throws IOException {
        String socket = directory.resolve("control.sock").toString();
        FakeNode node = new FakeNode();
        try (ControlServer server = ControlServer.start(Path.of(socket), node)) {
            node.status = Samples.healthyActive();
            assertThat(CommandRun.of("status", "--socket", socket))
                    .isEqualTo(CommandRun.of("status", "--socket=" + socket))
                    .extracting(CommandRun::exitCode)
                    .isEqualTo(0);
            node.status = Samples.degradedActive();
            assertThat(CommandRun.of("status", "--socket", socket))
                    .isEqualTo(CommandRun.of("status", "--socket=" + socket))
                    .extracting(CommandRun::exitCode)
                    .isEqualTo(1);
        }
        assertThat(CommandRun.of("status", "--socket", socket))
                .isEqualTo(CommandRun.of("status", "--socket=" + socket))
                .extracting(CommandRun::exitCode)
                .isEqualTo(2);
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
