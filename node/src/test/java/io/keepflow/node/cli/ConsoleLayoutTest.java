package io.keepflow.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConsoleLayoutTest {
    @TempDir
    Path directory = Path.of("");

    @Test
    void underJournaldEveryLineHasItsPriorityAndNoTime() {
        ConsoleLayout layout = new ConsoleLayout(true, ZoneOffset.UTC);
        assertThat(layout.doLayout(event(Level.ERROR, "lost", null))).isEqualTo("<3>lost\n");
        assertThat(layout.doLayout(event(Level.WARN, "a\nb", null))).isEqualTo("<4>a\n<4>b\n");
        assertThat(layout.doLayout(event(Level.INFO, "up", null))).isEqualTo("<6>up\n");
        assertThat(layout.doLayout(event(Level.DEBUG, "x", null))).isEqualTo("<7>x\n");
    }

    @Test
    void elsewhereWithTimeAndLevel() {
        ConsoleLayout layout = new ConsoleLayout(false, ZoneOffset.UTC);
        assertThat(layout.doLayout(event(Level.WARN, "late", null))).isEqualTo("2026-01-02 03:04:05.678 WARN  late\n");
    }

    @Test
    void anExceptionIsItsMessagesUnlessTracesAreWanted() {
        ConsoleLayout layout = new ConsoleLayout(true, ZoneOffset.UTC);
        Exception cause = new IOException("port 9750 is taken");
        LoggingEvent event = event(Level.ERROR, "The node stopped", new IllegalStateException("no metrics", cause));
        assertThat(layout.doLayout(event)).isEqualTo("<3>The node stopped: no metrics: port 9750 is taken\n");
        layout.setTraces(true);
        assertThat(layout.doLayout(event).lines())
                .hasSizeGreaterThan(3)
                .allSatisfy(line -> assertThat(line).startsWith("<3>"));
        LoggingEvent wrapped = event(Level.ERROR, "Stopped", new IllegalStateException(cause));
        layout.setTraces(false);
        assertThat(layout.doLayout(wrapped)).isEqualTo("<3>Stopped: java.io.IOException: port 9750 is taken\n");
    }

    @Test
    void theJournalIsRecognisedByItsStreamNotByAnInheritedVariable() throws IOException {
        Path stream = Files.createFile(directory.resolve("stream"));
        String id = Files.getAttribute(stream, "unix:dev") + ":" + Files.getAttribute(stream, "unix:ino");
        assertThat(ConsoleLayout.isJournal(Map.of("JOURNAL_STREAM", id), stream))
                .isTrue();
        assertThat(ConsoleLayout.isJournal(Map.of("JOURNAL_STREAM", "1:2"), stream))
                .isFalse();
        assertThat(ConsoleLayout.isJournal(Map.of(), stream)).isFalse();
        assertThat(ConsoleLayout.isJournal(Map.of("JOURNAL_STREAM", id), directory.resolve("gone")))
                .isFalse();
    }

    /** The whole program with its own logback.xml, without and with debugging. */
    @Test
    void theProgramLogsToStandardErrorOnly() throws Exception {
        Path config = Files.writeString(
                directory.resolve("keepflow.toml"),
                "[node]\nname = \"fw1\"\n[cluster]\nname = \"edge\"\nbind = \"10.9.0.1\"\nkey_file = \"/nonexistent\"\n");
        Path main = Path.of(
                Main.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "-Dlogback.configurationFile=" + main.resolve("logback.xml"),
                        LoggingProbe.class.getName(),
                        "run",
                        "--config",
                        config.toString())
                .start();
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(1);
        assertThat(out).isEmpty();
        assertThat(err.lines()).hasSize(3);
        assertThat(err)
                .contains("INFO  hello from fw1", "WARN  careful", "ERROR The node stopped: it broke")
                .doesNotContain("hidden", "\tat ");
    }

    private static LoggingEvent event(Level level, String message, @Nullable Throwable thrown) {
        LoggerContext context = new LoggerContext();
        LoggingEvent event =
                new LoggingEvent("test", context.getLogger("io.keepflow"), level, message, thrown, new Object[0]);
        event.setInstant(Instant.parse("2026-01-02T03:04:05.678Z"));
        return event;
    }
}
