package io.keepflow.node.cli;

import io.keepflow.protocol.v1.Peer;
import io.keepflow.protocol.v1.Status;
import java.io.IOException;

/** Looks at a resync until it is over, and shows on a terminal how far it is. */
final class ResyncWatch {
    private static final int INTERVAL_MS = 200;

    /** A node asks again for what is silent for 5 s. */
    private static final long MAX_STANDSTILL_NANOS = 60_000_000_000L;

    /** After so many in a row the node pauses: something lasting. */
    private static final int MAX_FAILURES = 3;

    private final ControlClient client;
    private final Terminal terminal;
    private final long beganNanos = System.nanoTime();
    private long injectBacklog;
    private int shown;

    ResyncWatch(ControlClient client, Terminal terminal) {
        this.client = client;
        this.terminal = terminal;
    }

    /** Returns when all flows of the peer are here; {@link Failure} when they will not come. */
    void await(String name) throws IOException {
        long progressNanos = System.nanoTime();
        long got = -1;
        Peer peer = find(name);
        for (; !peer.getComplete(); peer = find(name)) {
            if (peer.getSyncFlows() != got) {
                got = peer.getSyncFlows();
                progressNanos = System.nanoTime();
            } else if (System.nanoTime() - progressNanos > MAX_STANDSTILL_NANOS) {
                throw failure("nothing has come from " + name + " for " + MAX_STANDSTILL_NANOS / 1_000_000_000
                        + " s; the node goes on trying, and 'keepflow status' tells how far it is");
            }
            show(Amounts.clean(name) + "  " + ResyncPace.bar(peer)
                    + (peer.getSyncRate() > 0 ? "  " + ResyncPace.of(peer) : ""));
            pause();
        }
        clear();
        terminal.out()
                .write(Amounts.clean(name) + ": "
                        + (peer.getFlows() == 0
                                ? "it has none, asked anew in "
                                : "all " + Amounts.flows(peer.getFlows()) + " are here, fetched anew in ")
                        + Amounts.seconds((System.nanoTime() - beganNanos) / 1e9)
                        + (injectBacklog == 0
                                ? ""
                                : "; " + Amounts.flows(injectBacklog) + " of all peers on the way into the kernel")
                        + "\n");
    }

    /** The peer now; {@link Failure} if there is nothing to wait for. */
    private Peer find(String name) throws IOException {
        Status status = client.status();
        injectBacklog = status.getInjectBacklog();
        Peer peer = status.getPeersList().stream()
                .filter(each -> each.getName().equals(name))
                .findFirst()
                .orElse(Peer.getDefaultInstance());
        if (!Verdict.takesPart(peer)) {
            throw failure(name + " went away during the resync; it goes on by itself when the peer comes back");
        }
        if (peer.getSyncFailures() >= MAX_FAILURES) {
            throw failure("what " + name + " owns was fetched " + peer.getSyncFailures() + " times, and "
                    + Amounts.flows(peer.getFlows()) + " here are still not what it owns; the node tries again every"
                    + " 40 s, and 'keepflow status' names what is wrong, as a full table");
        }
        return peer;
    }

    private Failure failure(String text) throws IOException {
        clear();
        return new Failure(Failure.FAILED, text);
    }

    private void show(String text) throws IOException {
        if (terminal.columns() > 1) {
            clear();
            String fitted = Amounts.fit(text, terminal.columns() - 1);
            shown = fitted.length();
            terminal.out().write(fitted);
            terminal.out().flush();
        }
    }

    private void clear() throws IOException {
        if (shown > 0) {
            terminal.out().write("\r" + " ".repeat(shown) + "\r");
            shown = 0;
        }
    }

    private static void pause() {
        try {
            Thread.sleep(INTERVAL_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(Failure.FAILED, "interrupted; the resync goes on", e);
        }
    }
}
