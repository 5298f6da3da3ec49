package io.keepflow.node.cli;

import io.keepflow.protocol.v1.FlowsRequest;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code keepflow flows}: the flows of the table, filtered in conntrack's words. */
@Command(
        name = "flows",
        description = "List the flows of the cluster that this node knows, its peers' included.",
        sortOptions = false)
final class FlowsCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin
    private FlowOptions filter = new FlowOptions();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "table",
            description = "One of: ${COMPLETION-CANDIDATES}; conntrack is as 'conntrack -L -o extended'.")
    private Format format = Format.table;

    @Mixin
    private SocketOptions socket = new SocketOptions();

    /** As the operator types them. */
    enum Format {
        table,
        json,
        conntrack
    }

    FlowsCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        FlowsRequest request = filter.request();
        FlowOutput output = output();
        socket.client().flows(request, output::accept);
        output.finish();
        return Failure.OK;
    }

    private FlowOutput output() {
        return switch (format) {
            case table -> new FlowTableOutput(terminal.out(), terminal.columns());
            case json -> new FlowJsonOutput(terminal.out());
            case conntrack -> new ConntrackOutput(terminal.out());
        };
    }
}
