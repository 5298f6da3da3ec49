package io.keepflow.node.cli;

import io.keepflow.protocol.v1.Peer;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code keepflow resync}: has the node fetch anew everything that peers own. */
@Command(
        name = "resync",
        description = "Fetch anew everything that the peers own, even if nothing differs, and wait until it is here.",
        footer = {
            "",
            "Until it is, this node counts as one that does not hold all flows. Ending the command does not end the"
                    + " resync."
        })
final class ResyncCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Option(names = "--peer", paramLabel = "NAME", description = "From this peer only.")
    private String peer = "";

    @Option(names = "--no-wait", description = "Return as soon as it has begun.")
    private boolean isUnattended;

    @Mixin
    private SocketOptions socket = new SocketOptions();

    ResyncCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        ControlClient client = socket.client();
        List<String> names = peer.isEmpty() ? connected(client) : List.of(peer);
        String begun = client.resync(peer);
        if (isUnattended) {
            terminal.out().write(Amounts.clean(begun) + "\n");
            return Failure.OK;
        }
        ResyncWatch watch = new ResyncWatch(client, terminal);
        for (String name : names) {
            watch.await(name);
        }
        return Failure.OK;
    }

    private static List<String> connected(ControlClient client) {
        return client.status().getPeersList().stream()
                .filter(Verdict::takesPart)
                .map(Peer::getName)
                .toList();
    }
}
