package io.keepflow.it.expectations;

import io.keepflow.node.testkit.NetworkNamespace;
import java.io.IOException;

/** Holds some packets of a host back on their way out, unseen by the program that sends them, until it is opened. */
final class Gate {
    private final NetworkNamespace host;

    private Gate(NetworkNamespace host) {
        this.host = host;
    }

    /** Shuts; {@code what} is an nftables match, {@code device} the host's only one. */
    static Gate shut(NetworkNamespace host, String device, String what) throws IOException {
        host.exec("nft", """
            table netdev gate {
              chain out { type filter hook egress device "%s" priority 0; %s drop; }
            }
            """.formatted(device, what));
        return new Gate(host);
    }

    void open() throws IOException {
        host.exec("nft", "delete table netdev gate");
    }
}
