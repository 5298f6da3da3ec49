package io.keepflow.crypto;

import java.nio.file.Path;

/** A key file that cannot be used; the message names the file, what is wrong with it and what to do. */
public final class KeyFileException extends Exception {
    private static final long serialVersionUID = 1L;

    KeyFileException(Path file, String problem, String remedy) {
        super(file + ": " + problem + "; " + remedy);
    }

    KeyFileException(Path file, String problem, String remedy, Throwable cause) {
        super(file + ": " + problem + "; " + remedy, cause);
    }
}
