package io.keepflow.node.failover;

import io.keepflow.protocol.v1.Role;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads keepalived's {@code vrrp_notify_fifo} on a thread of its own, for as long as the node runs.
 *
 * <p>The FIFO is made if it is missing, and opened for reading and writing, so that neither side ever waits for the other.
 * keepalived may remove it and make another: a watch on the file's identity opens that one. keepalived says only what changes, so
 * the last states are kept beside the FIFO for a node that starts again under a running keepalived. After a power cut, or when
 * keepalived was killed as well, they say nothing.
 */
public final class KeepalivedFifo implements AutoCloseable {
    private static final long PAUSE_MS = 200;
    private static final int MAX_LINE_BYTES = 512;
    private static final Logger LOG = LoggerFactory.getLogger(KeepalivedFifo.class);

    private final Path fifo;
    private final Path memory;
    private final Consumer<Role> onRole;
    private final VrrpStates states = new VrrpStates();
    private final Thread reader;
    private final Thread watch;
    private volatile boolean closed;
    private volatile RandomAccessFile open;
    private volatile Object identity = new Object();

    private KeepalivedFifo(Path fifo, Consumer<Role> onRole) throws IOException {
        this.fifo = fifo;
        this.memory = fifo.resolveSibling(fifo.getFileName() + ".states");
        this.onRole = onRole;
        this.open = open();
        this.reader = Thread.ofPlatform().daemon().name("keepflow-vrrp").unstarted(this::read);
        this.watch = Thread.ofPlatform().daemon().name("keepflow-vrrp-watch").unstarted(this::watch);
    }

    /**
     * Starts to read; {@code onRole} is called with the role that is remembered before this returns, and then on the reader's
     * thread with each new one.
     *
     * @throws IOException if the FIFO can be neither made nor opened
     */
    public static KeepalivedFifo open(Path fifo, Consumer<Role> onRole) throws IOException {
        boolean isRunning = isHeldOpen(fifo);
        KeepalivedFifo keepalived = new KeepalivedFifo(fifo, onRole);
        if (isRunning) {
            keepalived.remember();
        } else {
            Files.deleteIfExists(keepalived.memory);
        }
        keepalived.reader.start();
        keepalived.watch.start();
        return keepalived;
    }

    /** Whether keepalived, which keeps the FIFO open for reading and writing, is there. */
    private static boolean isHeldOpen(Path fifo) {
        return Files.exists(fifo) && !Files.isRegularFile(fifo) && !Files.isDirectory(fifo) && Fifo.isRead(fifo);
    }

    private void remember() {
        if (!Files.isRegularFile(memory)) {
            return;
        }
        try {
            boolean any = false;
            for (String line : Files.readAllLines(memory)) {
                any |= isNews(line);
            }
            if (any) {
                onRole.accept(states.role());
            }
        } catch (IOException e) {
            LOG.warn("cannot read {}: {}; waiting for keepalived's next change", memory, e.getMessage());
        }
    }

    private RandomAccessFile open() throws IOException {
        if (!Files.exists(fifo)) {
            make();
        }
        Object looked = Files.getAttribute(fifo, "unix:ino");
        if (Files.isRegularFile(fifo) || Files.isDirectory(fifo)) {
            throw new IOException(fifo + " is not a FIFO: remove it, keepalived or keepflow makes it anew");
        }
        RandomAccessFile file = new RandomAccessFile(fifo.toFile(), "rw");
        if (!Files.exists(fifo) || !Files.getAttribute(fifo, "unix:ino").equals(looked)) {
            file.close();
            throw new IOException(fifo + " was replaced while it was opened");
        }
        identity = looked;
        return file;
    }

    private void make() throws IOException {
        Path directory = fifo.getParent();
        if (directory != null) {
            Files.createDirectories(directory);
        }
        Fifo.make(fifo);
    }

    private void read() {
        byte[] line = new byte[MAX_LINE_BYTES];
        int length = 0;
        while (!closed) {
            try {
                int next = open.read();
                if (next < 0) {
                    Thread.sleep(PAUSE_MS);
                } else if (next != '\n' && length < MAX_LINE_BYTES) {
                    line[length++] = (byte) next;
                } else {
                    accept(new String(line, 0, length, StandardCharsets.UTF_8));
                    length = 0;
                }
            } catch (IOException e) {
                LOG.debug("reading {}: {}", fifo, e.getMessage());
                length = 0;
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void accept(String line) {
        if (isNews(line)) {
            onRole.accept(states.role());
            persist();
        }
    }

    /** Takes the line into the states; false if it says nothing of who forwards. */
    private boolean isNews(String line) {
        if (line.isBlank()) {
            return false;
        }
        VrrpNotice notice = VrrpNotice.parse(line.strip()).orElse(null);
        if (notice == null) {
            LOG.warn("keepalived wrote what is not understood to {}: {}", fifo, line);
            return false;
        }
        if (!states.accept(notice)) {
            return false;
        }
        LOG.info("keepalived: {} {}", notice.subject(), notice.state());
        return true;
    }

    private void persist() {
        try {
            Path fresh = memory.resolveSibling(memory.getFileName() + ".new");
            Files.writeString(fresh, states.toLines());
            Files.move(fresh, memory, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            LOG.warn("cannot remember keepalived's states in {}: {}", memory, e.getMessage());
        }
    }

    /** Opens the FIFO again when another one has taken its place. */
    private void watch() {
        while (!closed) {
            try {
                watchDirectory();
            } catch (IOException e) {
                LOG.debug("watching {}: {}", fifo, e.getMessage());
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(PAUSE_MS));
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** Until the directory itself is another one. */
    private void watchDirectory() throws IOException, InterruptedException {
        openAgain();
        try (WatchService changes = fifo.getFileSystem().newWatchService()) {
            WatchKey key = fifo.resolveSibling(".")
                    .register(changes, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_DELETE);
            do {
                openAgain();
                changes.take();
                // Whoever has removed it may be about to make another.
                Thread.sleep(PAUSE_MS);
                key.pollEvents();
            } while (key.reset());
        }
    }

    private void openAgain() throws IOException {
        if (!Files.exists(fifo) || !Files.getAttribute(fifo, "unix:ino").equals(identity)) {
            RandomAccessFile old = open;
            open = open();
            wake(old);
        }
    }

    /** A thread that reads from a FIFO ends its wait only when something comes: an empty line. */
    private static void wake(RandomAccessFile file) throws IOException {
        file.write('\n');
        file.close();
    }

    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        watch.interrupt();
        open.write('\n');
        open.close();
    }
}
