package io.keepflow.it.lab.replication;

import io.keepflow.it.lab.Firewall;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** keepalived alone: the addresses move, the connections are lost. Shows that the test bed is honest. */
public final class NoReplication implements Replication {
    @Override
    public String name() {
        return "none";
    }

    @Override
    public void start(Firewall firewall) {}

    @Override
    public void stop(Firewall firewall) {}

    @Override
    public @Nullable Path notifyScript(Firewall firewall) {
        return null;
    }

    @Override
    public boolean isHot() {
        return false;
    }

    @Override
    public long held(Firewall standby) {
        return Long.MAX_VALUE;
    }

    @Override
    public boolean isInStep(Firewall active, Firewall standby) {
        return true;
    }

    @Override
    public String lag(Firewall active) {
        return "";
    }

    @Override
    public void requireHealthy() {}

    @Override
    public void close() {}
}
