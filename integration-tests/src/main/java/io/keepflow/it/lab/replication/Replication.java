package io.keepflow.it.lab.replication;

import io.keepflow.it.lab.Firewall;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** One way to replicate flows between the firewalls of a lab; a daemon on each of them, or none. */
public interface Replication extends AutoCloseable {
    /** As a column is titled. */
    String name();

    /** Starts (or starts again) what runs on that firewall, and returns when it is ready. */
    void start(Firewall firewall) throws Exception;

    /** Stops what runs on that firewall in the orderly way. */
    void stop(Firewall firewall) throws Exception;

    /** The script that keepalived shall call, if there is one; called after {@link #start}. */
    @Nullable
    Path notifyScript(Firewall firewall) throws IOException;

    /** Whether a standby's kernel has the flows before it takes over. */
    boolean isHot();

    /** Number of flows that {@code standby} holds for its peers, in its kernel or elsewhere. */
    long held(Firewall standby) throws Exception;

    /** Whether {@code active} says that {@code standby} is in step; true when there is nobody who could say. */
    boolean isInStep(Firewall active, Firewall standby) throws Exception;

    /** What the node on {@code active} says about its peers' lag, for people; empty if nothing. */
    String lag(Firewall active) throws Exception;

    /** Fails when a daemon that should run has died. */
    void requireHealthy() throws IOException;

    @Override
    void close() throws IOException;
}
