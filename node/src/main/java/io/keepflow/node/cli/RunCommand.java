package io.keepflow.node.cli;

import io.keepflow.node.config.Config;
import io.keepflow.node.config.ConfigException;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code keepflow run}: the node, in the foreground. */
@Command(name = "run", description = "Run the node in the foreground.")
final class RunCommand implements Callable<Integer> {
    private final Daemon daemon;
    private final Terminal terminal;
    private final Root root;

    @Mixin
    private ConfigOption option = new ConfigOption();

    RunCommand(Daemon daemon, Terminal terminal, Root root) {
        this.daemon = daemon;
        this.terminal = terminal;
        this.root = root;
    }

    @Override
    public Integer call() {
        Config config;
        try {
            config = Config.load(option.file());
        } catch (ConfigException e) {
            terminal.err().println(e.getMessage());
            return Failure.FAILED;
        }
        Logging.configure(root.debug());
        return run(config);
    }

    private Integer run(Config config) {
        Logger log = LoggerFactory.getLogger(RunCommand.class);
        try {
            daemon.run(config);
            return Failure.OK;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            log.info("The node was interrupted");
            return Failure.FAILED;
        } catch (Exception e) {
            log.error("The node stopped", e);
            return Failure.FAILED;
        }
    }
}
