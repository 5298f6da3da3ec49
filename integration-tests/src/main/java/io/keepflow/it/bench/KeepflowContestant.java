package io.keepflow.it.bench;

import io.keepflow.it.lab.Command;
import io.keepflow.it.lab.Firewall;
import io.keepflow.it.lab.Poll;
import io.keepflow.it.lab.replication.Keepflow;
import io.keepflow.it.lab.replication.NodeMetrics;
import java.io.IOException;
import java.nio.file.Path;
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
        role(firewall, "promote", "active");
    }

    @Override
    public void demote(Firewall firewall) throws Exception {
        role(firewall, "demote", "standby");
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

    private void role(Firewall firewall, String command, String role) throws Exception {
        Command answer = keepflow.cli(firewall, command);
        if (answer.exit() != 0) {
            throw new IOException("keepflow " + command + " on " + firewall.name() + ": " + answer.errors());
        }
        String metric = "keepflow_role{role=\"" + role + "\"}";
        Poll.until(
                firewall.name() + " is " + role,
                ROLE_LIMIT,
                () -> keepflow.metrics(firewall).get(metric) == 1);
    }
}
