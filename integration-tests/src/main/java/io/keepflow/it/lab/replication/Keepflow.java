package io.keepflow.it.lab.replication;

import io.keepflow.it.lab.Command;
import io.keepflow.it.lab.Daemon;
import io.keepflow.it.lab.Family;
import io.keepflow.it.lab.Firewall;
import io.keepflow.it.lab.Poll;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Keepflow from the distribution that the build made. */
public final class Keepflow implements Replication {
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private final Path launcher;
    private final Family syncFamily;
    private final Daemons daemons = new Daemons();
    private @Nullable Path key;
    private String moreConfiguration = "";

    private Keepflow(Path launcher, Family syncFamily) {
        this.launcher = launcher;
        this.syncFamily = syncFamily;
    }

    /** The distribution in the directory that the system property {@code keepflow.home} names. */
    public static Keepflow fromDistribution() {
        return fromDistribution(Family.IPV4);
    }

    /** The same, with a sync link of that family. */
    public static Keepflow fromDistribution(Family syncFamily) {
        Path home = Path.of(System.getProperty("keepflow.home", "deploy/target/keepflow"));
        Path launcher = home.resolve("bin/keepflow").toAbsolutePath().normalize();
        if (!Files.isExecutable(launcher)) {
            throw new IllegalStateException(
                    launcher + " is missing: build it with mvn package, or set -Dkeepflow.home to a distribution");
        }
        return new Keepflow(launcher, syncFamily);
    }

    /** Adds sections to the configuration of nodes that are started from now on. */
    public Keepflow alsoConfigured(String sections) {
        moreConfiguration = sections;
        return this;
    }

    @Override
    public String name() {
        return "keepflow";
    }

    @Override
    public void start(Firewall firewall) throws Exception {
        launch(firewall);
        awaitReady(firewall);
    }

    /** The first half of {@link #start}: what then runs may not be ready yet. */
    public void launch(Firewall firewall) throws Exception {
        Path directory = firewall.directory();
        Files.writeString(
                config(firewall),
                """
            [node]
            name = "%1$s"

            [cluster]
            name     = "lab"
            bind     = "%2$s"
            key_file = "%3$s/cluster.key"

            [failover]
            keepalived_fifo = "%4$s"

            [metrics]
            listen = "127.0.0.1:9750"

            [control]
            socket = "%3$s/control.sock"
            """.formatted(firewall.name(), syncFamily.sync(firewall.index()), directory, firewall.notifyFifo())
                        + moreConfiguration);
        shareKey(directory.resolve("cluster.key"));
        daemons.add(
                firewall,
                Daemon.start(
                        "keepflow of " + firewall.name(),
                        firewall.namespace(),
                        directory.resolve("keepflow.log"),
                        List.of(
                                launcher.toString(),
                                "run",
                                "--config",
                                config(firewall).toString())));
    }

    private void awaitReady(Firewall firewall) throws Exception {
        Poll.until("the node of " + firewall.name() + " answers", START_LIMIT, () -> {
            daemons.of(firewall).requireAlive();
            return Files.exists(socket(firewall)) && status(firewall).isPresent();
        });
    }

    @Override
    public void stop(Firewall firewall) {
        daemons.stop(firewall);
    }

    /** Ends the node of that firewall as a crash would. */
    public void kill(Firewall firewall) throws InterruptedException {
        daemons.of(firewall).kill();
        daemons.stop(firewall);
    }

    /** Stops the node of that firewall in the middle of what it does; it does not learn of it. */
    public void freeze(Firewall firewall) throws Exception {
        daemons.of(firewall).signal("STOP");
    }

    /** Lets a frozen node go on. */
    public void thaw(Firewall firewall) throws Exception {
        daemons.of(firewall).signal("CONT");
    }

    /** Memory of that firewall's node that is in use and not swapped out. */
    public long residentKilobytes(Firewall firewall) throws IOException {
        return daemons.of(firewall).residentKilobytes();
    }

    @Override
    public @Nullable Path notifyScript(Firewall firewall) {
        return null;
    }

    @Override
    public boolean isHot() {
        return true;
    }

    @Override
    public long held(Firewall standby) throws Exception {
        return standby.flowCount();
    }

    @Override
    public boolean isInStep(Firewall active, Firewall standby) throws Exception {
        return status(active).isInStep(standby.name());
    }

    @Override
    public String lag(Firewall active) throws Exception {
        NodeStatus status = status(active);
        return status.isPresent() ? status.lag() : "the node does not answer";
    }

    /** What {@code keepflow status} of that firewall's node says. */
    public NodeStatus status(Firewall firewall) throws Exception {
        return NodeStatus.parse(cli(firewall, "status", "-o", "json").output());
    }

    /** What that firewall's node tells its scrapers. */
    public NodeMetrics metrics(Firewall firewall) throws Exception {
        return NodeMetrics.read(firewall);
    }

    /** Process id of that firewall's node. */
    public long pid(Firewall firewall) {
        return daemons.of(firewall).pid();
    }

    /** Runs a command of the command line against that firewall's node; {@code words} as {@code flows -o json}. */
    public Command cli(Firewall firewall, String... words) throws Exception {
        List<String> command = new ArrayList<>(List.of(launcher.toString()));
        command.addAll(List.of(words));
        command.addAll(List.of("--socket", socket(firewall).toString()));
        return Command.run(command);
    }

    @Override
    public void requireHealthy() throws IOException {
        daemons.requireAlive();
    }

    @Override
    public void close() {
        daemons.closeAll();
    }

    private void shareKey(Path target) throws Exception {
        if (key == null) {
            Files.deleteIfExists(target);
            Command.output(launcher.toString(), "keygen", target.toString());
            key = target;
        } else if (!key.equals(target)) {
            Files.copy(key, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
        }
    }

    private static Path config(Firewall firewall) {
        return firewall.directory().resolve("keepflow.toml");
    }

    /** Where that firewall's node is asked. */
    public static Path socket(Firewall firewall) {
        return firewall.directory().resolve("control.sock");
    }
}
