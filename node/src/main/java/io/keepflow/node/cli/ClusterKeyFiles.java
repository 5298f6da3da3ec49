package io.keepflow.node.cli;

import io.keepflow.crypto.ClusterKey;
import io.keepflow.crypto.KeyFileException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** The key files of the crypto module. */
final class ClusterKeyFiles implements KeyFiles {
    @Override
    public String generate(Path file) {
        ClusterKey key = ClusterKey.generate();
        try {
            key.write(file);
            return key.fingerprint();
        } catch (FileAlreadyExistsException e) {
            throw new Failure(
                    Failure.FAILED,
                    file
                            + " exists and is left as it is; name another file, or remove this one if no node uses its key",
                    e);
        } catch (NoSuchFileException e) {
            throw new Failure(Failure.FAILED, "the directory of " + file + " does not exist; create it first", e);
        } catch (IOException e) {
            throw new Failure(
                    Failure.FAILED,
                    file + " cannot be written (" + e + "); run as root, or name a file in a directory of your own",
                    e);
        }
    }

    @Override
    public String fingerprint(Path file) {
        try {
            return ClusterKey.read(file).fingerprint();
        } catch (KeyFileException e) {
            throw new Failure(Failure.FAILED, String.valueOf(e.getMessage()), e);
        }
    }
}
