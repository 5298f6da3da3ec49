package io.keepflow.it.expectations;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Random;

/** A directory with a file that everybody may read, and what a client got of it. */
record ServedFile(Path directory, Path file) {
    private static final int BYTES = 300_000;

    static ServedFile in(Path parent) throws IOException {
        allowAll(parent);
        Path directory = Files.createDirectory(parent.resolve("served"));
        allowAll(directory);
        byte[] content = new byte[BYTES];
        new Random(1).nextBytes(content);
        Path file = Files.write(directory.resolve("file"), content);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        return new ServedFile(directory, file);
    }

    boolean isIn(Path copy) throws IOException {
        return Files.exists(copy) && Files.mismatch(file, copy) == -1;
    }

    private static void allowAll(Path directory) throws IOException {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
