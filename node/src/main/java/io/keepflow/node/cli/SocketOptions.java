package io.keepflow.node.cli;

import io.keepflow.node.config.Config;
import io.keepflow.node.config.ConfigException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Which node a command asks: its control socket, given or looked up in its configuration. */
final class SocketOptions {
    @ArgGroup
    private @Nullable Choice choice;

    /** One of the two. */
    static final class Choice {
        @Option(names = "--socket", paramLabel = "PATH", description = "Control socket of the node.")
        private @Nullable Path socket;

        @Option(
                names = "--config",
                paramLabel = "FILE",
                description = "Configuration of the node, to find its control socket.")
        private @Nullable Path config;
    }

    /** As if {@code --socket} had been given; null as if nothing had. */
    static SocketOptions at(@Nullable Path socket) {
        SocketOptions options = new SocketOptions();
        if (socket != null) {
            options.choice = new Choice();
            options.choice.socket = socket;
        }
        return options;
    }

    ControlClient client() {
        return new ControlClient(socket());
    }

    private Path socket() {
        if (choice != null && choice.socket != null) {
            return choice.socket;
        }
        if (choice != null && choice.config != null) {
            try {
                return Config.load(choice.config).control().socket();
            } catch (ConfigException e) {
                throw new Failure(Failure.FAILED, "the configuration is wrong:\n" + e.getMessage(), e);
            }
        }
        return Config.DEFAULT_CONTROL_SOCKET;
    }
}
