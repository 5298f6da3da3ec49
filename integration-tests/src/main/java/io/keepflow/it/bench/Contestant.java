package io.keepflow.it.bench;

import io.keepflow.it.lab.Firewall;
import java.io.IOException;
import java.nio.file.Path;

/** One of the two tools in one lab: a daemon on each firewall, and what it tells of itself. */
interface Contestant extends AutoCloseable {
    Tool tool();

    /** Starts the daemon and returns as soon as it answers. */
    void start(Firewall firewall) throws Exception;

    /** Starts the daemon and returns at once. */
    void launch(Firewall firewall) throws Exception;

    /** The UNIX socket on which the daemon answers when it is ready. */
    Path socket(Firewall firewall);

    void stop(Firewall firewall) throws Exception;

    /** Makes the firewall's daemon active, as the tool's documentation says to. */
    void promote(Firewall firewall) throws Exception;

    /** Makes the firewall's daemon standby, as the tool's documentation says to. */
    void demote(Firewall firewall) throws Exception;

    long pid(Firewall firewall);

    /** What the daemon has counted since it was started. */
    Counts counts(Firewall firewall) throws Exception;

    /** Asks the daemon for its state, as an operator would: a process that starts and ends. */
    void askStatus(Firewall firewall) throws Exception;

    /** Fails when a daemon has died. */
    void requireHealthy() throws IOException;

    @Override
    void close() throws IOException;

    /**
     * Of a daemon.
     *
     * @param events that it read from its kernel
     * @param overruns times that its kernel dropped events because it had not read them
     */
    record Counts(long events, long overruns) {}
}
