package io.keepflow.node.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** {@code --config} of the commands that work on the configuration itself. */
final class ConfigOption {
    @Option(
            names = "--config",
            paramLabel = "FILE",
            defaultValue = "/etc/keepflow/keepflow.toml",
            description = "The configuration; ${DEFAULT-VALUE} if not given.")
    private Path file = Path.of("");

    Path file() {
        return file;
    }
}
