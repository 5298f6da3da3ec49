package io.keepflow.node.cli;

import io.keepflow.node.config.Config;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** One run of a command line inside the test: what it printed, and its exit code. */
record CommandRun(int exitCode, String out, String err) {
    static final KeyFiles GOOD_KEYS = new KeyFiles() {
        @Override
        public String generate(Path file) {
            return "0123456789ab";
        }

        @Override
        public String fingerprint(Path file) {
            return "0123456789ab";
        }
    };

    /** What went to standard error, as one line. */
    String complaint() {
        return err.replaceAll("\\s+", " ").strip();
    }

    static CommandRun of(String... args) {
        return with(CommandRun::noDaemon, GOOD_KEYS, 0, args);
    }

    static CommandRun with(Daemon daemon, KeyFiles keys, int columns, String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int exitCode = new Main(daemon, keys, Terminal.of(out, err, () -> columns, false)).execute(args);
        return new CommandRun(exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    static CommandRun into(OutputStream out, String... args) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int exitCode = new Main(CommandRun::noDaemon, GOOD_KEYS, Terminal.of(out, err, () -> 0, false)).execute(args);
        return new CommandRun(exitCode, "", err.toString(StandardCharsets.UTF_8));
    }

    private static void noDaemon(Config config) {
        throw new AssertionError("this command line must not run a node");
    }
}
