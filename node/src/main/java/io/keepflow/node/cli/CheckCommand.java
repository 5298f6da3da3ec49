package io.keepflow.node.cli;

import io.keepflow.node.config.Config;
import io.keepflow.node.config.ConfigException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code keepflow check}: tells everything that is wrong with a configuration and its key file; with {@code --flow}, what its filter
 * does with a flow.
 */
@Command(
        name = "check",
        description =
                "Check a configuration and its key file, without a node; or explain what its filter does with a flow.")
final class CheckCommand implements Callable<Integer> {
    private final KeyFiles keyFiles;
    private final Terminal terminal;

    @Mixin
    private ConfigOption option = new ConfigOption();

    @Option(
            names = "--flow",
            paramLabel = "FLOW",
            description = {
                "Tell whether this flow is replicated, and which rule decides: \"tcp 10.0.0.1:1234 -> 192.0.2.1:443",
                "state=ESTABLISHED assured nat mark=0x1 zone=3 age=10s\", or a line of 'conntrack -L'."
            })
    private @Nullable String flow;

    CheckCommand(KeyFiles keyFiles, Terminal terminal) {
        this.keyFiles = keyFiles;
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        Path file = option.file();
        try {
            Config config = Config.load(file);
            if (flow != null) {
                return explain(file, config, flow);
            }
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

    private int explain(Path file, Config config, String text) throws IOException {
        FilterExplanation explanation;
        try {
            explanation = new FilterExplanation(file, config.replicate(), FlowText.parse(text));
        } catch (IllegalArgumentException e) {
            throw new Failure(Failure.UNREACHABLE, "--flow: " + e.getMessage(), e);
        }
        for (String line : explanation.lines()) {
            terminal.out().write(line + "\n");
        }
        return explanation.isReplicated() ? Failure.OK : Failure.FAILED;
    }
}
