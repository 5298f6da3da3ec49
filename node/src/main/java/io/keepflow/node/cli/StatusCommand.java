package io.keepflow.node.cli;

import io.keepflow.protocol.v1.Status;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code keepflow status}: whether a failover would work now, and what the node does. */
@Command(
        name = "status",
        description = "Show whether a failover would work now, and what the node does.",
        footer = {"", "Exit codes: 0 healthy; 1 degraded; 2 the node cannot be reached."})
final class StatusCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin
    private SocketOptions socket;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "text",
            description = "One of: ${COMPLETION-CANDIDATES}.")
    private Format format;

    /** As the operator types them. */
    enum Format {
        text,
        json
    }

    StatusCommand(Terminal terminal, SocketOptions socket, Format format) {
        this.terminal = terminal;
        this.socket = socket;
        this.format = format;
    }

    @Override
    public Integer call() throws IOException {
        Status status = socket.client().status();
        boolean healthy = status.getProblemsCount() == 0 && Verdict.of(status).state() == Verdict.State.READY;
        if (format == Format.json) {
            StatusJson.write(status, healthy, terminal.out());
        } else {
            for (String line : StatusScreen.render(status, terminal.colour())) {
                terminal.out().write(line.stripTrailing() + "\n");
            }
        }
        return healthy ? Failure.OK : Failure.FAILED;
    }
}
