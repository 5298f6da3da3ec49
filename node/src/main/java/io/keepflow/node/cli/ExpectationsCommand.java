package io.keepflow.node.cli;

import io.keepflow.protocol.v1.ExpectationRow;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code keepflow expectations}: the connections that conntrack helpers expect. */
@Command(
        name = "expectations",
        description = "List the connections that conntrack helpers (FTP, SIP, ...) expect, the peers' included.",
        sortOptions = false)
final class ExpectationsCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "table",
            description = "One of: ${COMPLETION-CANDIDATES}.")
    private Format format = Format.table;

    @Option(names = "--json", description = "The same as --output json.")
    private boolean json;

    @Mixin
    private SocketOptions socket = new SocketOptions();

    /** As the operator types them. */
    enum Format {
        table,
        json
    }

    ExpectationsCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        List<ExpectationRow> rows = socket.client().expectations();
        if (json || format == Format.json) {
            ExpectationOutput.json(rows, terminal.out());
        } else {
            ExpectationOutput.table(rows, terminal.out());
        }
        return Failure.OK;
    }
}
