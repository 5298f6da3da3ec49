package io.keepflow.it.bench;

import io.keepflow.it.lab.Firewall;
import io.keepflow.it.lab.Poll;
import io.keepflow.it.lab.replication.Keepflow;
import io.keepflow.it.lab.replication.NodeMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/** Keepflow from the distribution that the build made, encrypted as ever. */
final class KeepflowContestant implements Contestant {
    private static final Duration ROLE_LIMIT = Duration.ofSeconds(10);

    private final Keepflow keepflow = Keepflow.fromDistribution();

    @Override
    public Tool tool() {
        return Tool.KEEPFLOW;
    }

    @Override
    public void start(Firewall firewall) throws Exception {
        keepflow.start(firewall);
    }

    @Override
    public void launch(Firewall firewall) throws Exception {
        keepflow.launch(firewall);
    }

    @Override
    public Path socket(Firewall firewall) {
        return Keepflow.socket(firewall);
    }

    @Override
    public void stop(Firewall firewall) {
        keepflow.stop(firewall);
    }

    @Override
    public void promote(Firewall firewall) throws Exception {
        notify(firewall, "MASTER");
        awaitRole(firewall, "active");
    }

    @Override
    public void demote(Firewall firewall) throws Exception {
        notify(firewall, "BACKUP");
        awaitRole(firewall, "standby");
    }

    /** Writes what keepalived writes, and returns at once. */
    void notify(Firewall firewall, String state) throws IOException {
        Files.writeString(firewall.notifyFifo(), "INSTANCE \"bench\" " + state + " 100\n", StandardOpenOption.WRITE);
    }

    @Override
    public long pid(Firewall firewall) {
        return keepflow.pid(firewall);
    }

    @Override
    public Counts counts(Firewall firewall) throws Exception {
        NodeMetrics metrics = keepflow.metrics(firewall);
        return new Counts(
                (long) metrics.sum("keepflow_events_total"), (long) metrics.get("keepflow_netlink_overruns_total"));
    }

    @Override
    public void askStatus(Firewall firewall) throws Exception {
        if (!keepflow.status(firewall).isPresent()) {
            throw new IOException("keepflow status of " + firewall.name() + " got no answer");
        }
    }

    @Override
    public void requireHealthy() throws IOException {
        keepflow.requireHealthy();
    }

    @Override
    public void close() {
        keepflow.close();
    }

    void awaitRole(Firewall firewall, String role) throws Exception {
        String metric = "keepflow_role{role=\"" + role + "\"}";
        Poll.until(
                firewall.name() + " is " + role,
                ROLE_LIMIT,
                () -> keepflow.metrics(firewall).get(metric) == 1);
    }
}
