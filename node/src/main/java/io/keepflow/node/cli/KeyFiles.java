package io.keepflow.node.cli;

import java.nio.file.Path;

/** Makes and checks files with the cluster key. */
interface KeyFiles {
    /**
     * Writes a new key to {@code file}, mode 0600, never over another file; returns its fingerprint.
     *
     * @throws Failure when it cannot
     */
    String generate(Path file);

    /**
     * Fingerprint of the key in {@code file}.
     *
     * @throws Failure when the file is missing, is no key or may be read by others
     */
    String fingerprint(Path file);
}
