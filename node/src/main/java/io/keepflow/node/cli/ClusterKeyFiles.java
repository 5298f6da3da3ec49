package io.keepflow.node.cli;

import java.nio.file.Path;

/** The key files of the crypto module. */
final class ClusterKeyFiles implements KeyFiles {
    @Override
    public String generate(Path file) {
        throw new Failure(Failure.FAILED, "this build cannot make keys");
    }

    @Override
    public String fingerprint(Path file) {
        throw new Failure(Failure.FAILED, "this build cannot read keys");
    }
}
