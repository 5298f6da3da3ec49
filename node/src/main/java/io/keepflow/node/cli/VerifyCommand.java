package io.keepflow.node.cli;

import io.keepflow.protocol.v1.AuditSummary;
import io.keepflow.protocol.v1.Peer;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code keepflow verify}: the table compared with the kernel now, and whether the peers hold the same. */
@Command(
        name = "verify",
        description = "Compare the node's table with its kernel now, and tell whether the peers hold the same.",
        footer = {
            "",
            "Exit codes: 0 no difference; 1 differences, which the node repairs; 2 the node cannot be reached;"
                    + " 3 it could not compare."
        })
final class VerifyCommand implements Callable<Integer> {
    private static final int MAX_LIMIT = 10_000;

    private final Terminal terminal;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private SocketOptions socket = new SocketOptions();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "text",
            description = "One of: ${COMPLETION-CANDIDATES}.")
    private Format format = Format.text;

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "100",
            description = "List at most so many differences (up to 10000; default: ${DEFAULT-VALUE}); all are counted.")
    private int limit = 100;

    /** As the operator types them. */
    enum Format {
        text,
        json
    }

    VerifyCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        if (limit < 0 || limit > MAX_LIMIT) {
            throw new ParameterException(
                    spec.commandLine(), "--limit: " + limit + " is out of range; expected 0 to " + MAX_LIMIT);
        }
        VerifyOutput output =
                format == Format.json ? new VerifyJsonOutput(terminal.out()) : new VerifyTextOutput(terminal.out());
        AuditSummary found;
        List<Peer> peers;
        try {
            found = socket.client().verify(limit, output::accept);
            peers = socket.client().status().getPeersList();
        } catch (Failure e) {
            throw e.exitCode() == Failure.FAILED ? new Failure(Failure.REFUSED, String.valueOf(e.getMessage()), e) : e;
        }
        output.finish(found, peers);
        boolean differs = found.getDifferencesCount() > 0 || peers.stream().anyMatch(VerifyCommand::differs);
        return differs ? Failure.FAILED : Failure.OK;
    }

    /** Whether a peer that is there does not hold what this node owns, or this node not what it owns. */
    private static boolean differs(Peer peer) {
        return Verdict.takesPart(peer) && !(peer.getComplete() && peer.getHoldsOurs());
    }
}
