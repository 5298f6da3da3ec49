package io.keepflow.node.cli;

import io.keepflow.node.config.Config;
import io.keepflow.node.config.ConfigException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code keepflow check}: tells everything that is wrong with a configuration and its key file. */
@Command(name = "check", description = "Check a configuration and its key file, without a node.")
final class CheckCommand implements Callable<Integer> {
    private final KeyFiles keyFiles;
    private final Terminal terminal;

    @Mixin
    private ConfigOption option = new ConfigOption();

    CheckCommand(KeyFiles keyFiles, Terminal terminal) {
        this.keyFiles = keyFiles;
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        Path file = option.file();
        try {
            Config config = Config.load(file);
            String fingerprint = keyFiles.fingerprint(config.cluster().keyFile());
            terminal.out()
                    .write(file + ": good; node " + config.node().name() + " of cluster "
                            + config.cluster().name() + ", key " + fingerprint + "\n");
            return Failure.OK;
        } catch (ConfigException e) {
            terminal.err().println(e.getMessage());
            return Failure.FAILED;
        }
    }
}
