package io.keepflow.node.api;

import java.io.IOException;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;

/**
 * The file of the control socket: mode 0600 from its first moment, because it is bound in a private directory and renamed
 * into place. A file that a dead node left is replaced; one that somebody answers on is not.
 */
final class ControlSocketFile {
    private final Path path;
    private final Object fileKey;

    private ControlSocketFile(Path path, Object fileKey) {
        this.path = path;
        this.fileKey = fileKey;
    }

    /** Binds a listener to the path that it is given. */
    interface Binding {
        void bind(Path path) throws IOException;
    }

    static ControlSocketFile bind(Path path, Binding binding) throws IOException {
        Path parent = Objects.requireNonNull(path.toAbsolutePath().getParent(), "a socket path has a parent");
        refuseUnlessStale(path);
        try {
            Files.createDirectories(
                    parent, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            Path nursery = parent.resolve(
                    "." + Long.toHexString(ProcessHandle.current().pid()));
            Path newborn = nursery.resolve("s");
            Files.deleteIfExists(newborn);
            Files.deleteIfExists(nursery);
            Files.createDirectory(
                    nursery, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            try {
                binding.bind(newborn);
                Files.setPosixFilePermissions(newborn, PosixFilePermissions.fromString("rw-------"));
                Object fileKey = fileKey(newborn);
                Files.move(newborn, path, StandardCopyOption.ATOMIC_MOVE);
                return new ControlSocketFile(path, fileKey);
            } finally {
                Files.deleteIfExists(newborn);
                Files.deleteIfExists(nursery);
            }
        } catch (IOException e) {
            throw new IOException(
                    "the control socket " + path + " cannot be made (" + e
                            + "); make its directory writable for the node"
                            + " or set another path in [control] socket",
                    e);
        }
    }

    /** Removes the file unless another node has put its own there. */
    void remove() throws IOException {
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS) && fileKey.equals(fileKey(path))) {
            Files.delete(path);
        }
    }

    private static void refuseUnlessStale(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        BasicFileAttributes attributes =
                Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!attributes.isOther()) {
            throw new IOException(path + " exists and is no socket; remove it or set another path in [control] socket");
        }
        try (SocketChannel probe = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            throw new IOException("another node answers on " + path
                    + "; stop it first, or set another path in [control] socket" + (probe.isOpen() ? "" : "."));
        } catch (ConnectException e) {
            // Nobody listens: a dead node left the file, and the rename replaces it.
            return;
        }
    }

    private static Object fileKey(Path path) throws IOException {
        return Objects.requireNonNull(
                Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                        .fileKey(),
                "this file system has no inode numbers");
    }
}
