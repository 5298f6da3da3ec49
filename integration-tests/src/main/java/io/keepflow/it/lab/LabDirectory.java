package io.keepflow.it.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * The running labs of this machine: one directory each below {@value #ROOT}, named as the lab, with its owner's process id
 * and start time. Whose owner is gone, is a leftover of a crashed run and is removed with everything that belongs to it.
 */
final class LabDirectory {
    private static final String ROOT = "/run/keepflow-lab";
    private static final AtomicInteger SEQUENCE = new AtomicInteger();
    private static final Object JVM_LOCK = new Object();

    private final String name;
    private final Path path;

    private LabDirectory(String name, Path path) {
        this.name = name;
        this.path = path;
    }

    /** Removes leftovers, then registers a new lab of this process. */
    static LabDirectory create() throws Exception {
        return locked(() -> {
            removeLeftovers();
            long pid = ProcessHandle.current().pid();
            String name = "kflab-" + pid + "-" + SEQUENCE.incrementAndGet();
            Path path = Files.createDirectory(root().resolve(name));
            Files.writeString(path.resolve("owner"), pid + " " + startTime(pid));
            return new LabDirectory(name, path);
        });
    }

    /** Makes room for {@code tableSize} flows in each of {@code tables} kernel tables, until the last lab ends. */
    void reserve(long tableSize, int tables) throws Exception {
        locked(() -> {
            ConntrackLimits.raise(tableSize, tables, root());
            return Boolean.TRUE;
        });
    }

    /** Removes what crashed runs left behind. */
    static void sweep() throws Exception {
        locked(() -> {
            removeLeftovers();
            restoreWhenLast();
            return Boolean.TRUE;
        });
    }

    String name() {
        return name;
    }

    Path path() {
        return path;
    }

    /** Removes the lab's namespaces, with all processes inside, and this directory. */
    void remove() throws IOException {
        try {
            locked(() -> {
                remove(path);
                restoreWhenLast();
                return Boolean.TRUE;
            });
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while removing " + name + "; the next lab will", e);
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("could not remove " + name, e);
        }
    }

    private static void removeLeftovers() throws Exception {
        for (Path lab : labs()) {
            if (!ownerLives(lab)) {
                remove(lab);
            }
        }
    }

    private static void restoreWhenLast() throws IOException {
        if (labs().isEmpty()) {
            ConntrackLimits.restoreAll(root());
        }
    }

    private static void remove(Path lab) throws Exception {
        String prefix = lab.getFileName() + "-";
        for (String line : Command.output("ip", "netns", "list").lines().toList()) {
            String namespace = line.split(" ", 2)[0];
            if (namespace.startsWith(prefix)) {
                killProcessesIn(namespace);
                Command.output("ip", "netns", "del", namespace);
            }
        }
        try (Stream<Path> files = Files.walk(lab)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    private static void killProcessesIn(String namespace) throws Exception {
        for (String pid :
                Command.output("ip", "netns", "pids", namespace).lines().toList()) {
            ProcessHandle.of(Long.parseLong(pid.strip())).ifPresent(ProcessHandle::destroyForcibly);
        }
    }

    private static List<Path> labs() throws IOException {
        try (Stream<Path> entries = Files.list(root())) {
            return entries.filter(Files::isDirectory).toList();
        }
    }

    private static boolean ownerLives(Path lab) throws IOException {
        String[] owner;
        try {
            owner = Files.readString(lab.resolve("owner")).strip().split(" ", 2);
        } catch (NoSuchFileException e) {
            return false;
        }
        return owner.length == 2 && startTime(Long.parseLong(owner[0])).equals(owner[1]);
    }

    /** Clock ticks since boot at which the process started: field 22 of its stat file; empty when it has ended. */
    private static String startTime(long pid) throws IOException {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            String[] fieldsFromState = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            return fieldsFromState[0].equals("Z") ? "" : fieldsFromState[19];
        } catch (NoSuchFileException e) {
            return "";
        }
    }

    private static Path root() {
        return Path.of(ROOT);
    }

    private static <T> T locked(Step<T> step) throws Exception {
        synchronized (JVM_LOCK) {
            try {
                Files.createDirectories(root());
            } catch (IOException e) {
                throw new UncheckedIOException("cannot create " + ROOT + ": the lab needs root", e);
            }
            try (FileChannel channel = FileChannel.open(
                            root().resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock lock = channel.lock()) {
                if (!lock.isValid()) {
                    throw new IOException(ROOT + "/lock was lost");
                }
                return step.run();
            }
        }
    }

    @FunctionalInterface
    private interface Step<T> {
        T run() throws Exception;
    }
}
