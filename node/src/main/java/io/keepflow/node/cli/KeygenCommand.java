package io.keepflow.node.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code keepflow keygen}: a new cluster key in a new file. */
@Command(name = "keygen", description = "Write a new cluster key to a new file that only its owner may read.")
final class KeygenCommand implements Callable<Integer> {
    private final KeyFiles keyFiles;
    private final Terminal terminal;

    @Parameters(paramLabel = "FILE", description = "The file to make, as /etc/keepflow/cluster.key.")
    private Path file = Path.of("");

    KeygenCommand(KeyFiles keyFiles, Terminal terminal) {
        this.keyFiles = keyFiles;
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        String fingerprint = keyFiles.generate(file);
        terminal.out().write("""
                %s: a new cluster key, fingerprint %s
                Copy it to every other node of the cluster over a safe channel, as with
                  scp -p %s root@PEER:%s
                and name it there in [cluster] key_file. 'keepflow check' shows the fingerprint.
                """.formatted(file, fingerprint, file, file.toAbsolutePath()));
        return Failure.OK;
    }
}
