package io.keepflow.node.testkit;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A network namespace that this test made, by name; gone on {@link #close()}.
 *
 * <p>{@link #call} runs code on a platform thread that has entered the namespace. A socket belongs for ever to the namespace
 * of the thread that opened it, so one JVM can hold sockets of many namespaces.
 */
public final class NetworkNamespace implements AutoCloseable {
    private static final AtomicInteger SEQUENCE = new AtomicInteger();
    private static final int CLONE_NEWNET = 0x40000000;
    private static final MethodHandle OPEN = libc("open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle SETNS = libc("setns", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle CLOSE = libc("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

    private final String name;

    private NetworkNamespace(String name) {
        this.name = name;
    }

    /** A fresh namespace with its loopback up, named after {@code prefix}, this process and a sequence number. */
    public static NetworkNamespace create(String prefix) throws IOException {
        String name = prefix + "-" + ProcessHandle.current().pid() + "-" + SEQUENCE.incrementAndGet();
        return named(name);
    }

    /** A fresh namespace of exactly this name. */
    public static NetworkNamespace named(String name) throws IOException {
        run("ip", "netns", "add", name);
        NetworkNamespace namespace = new NetworkNamespace(name);
        namespace.exec("ip", "link", "set", "lo", "up");
        return namespace;
    }

    public String name() {
        return name;
    }

    /** Runs {@code task} on a new thread inside the namespace and returns its result. */
    public <T> T call(Callable<T> task) throws Exception {
        CompletableFuture<T> result = new CompletableFuture<>();
        start(() -> {
            try {
                result.complete(task.call());
            } catch (Throwable t) {
                result.completeExceptionally(t);
            }
        });
        try {
            return result.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e;
        }
    }

    /** Starts a daemon thread inside the namespace. */
    public Thread start(Runnable task) {
        return Thread.ofPlatform().daemon().name("in-" + name).start(() -> {
            enter();
            task.run();
        });
    }

    /** Moves the calling thread into the namespace for the rest of its life; a thread factory's first call. */
    public void enter() {
        try (Arena arena = Arena.ofConfined()) {
            int fd = (int) OPEN.invokeExact(arena.allocateFrom("/run/netns/" + name), 0);
            if (fd < 0) {
                throw new IllegalStateException("open /run/netns/" + name + " failed");
            }
            int result = (int) SETNS.invokeExact(fd, CLONE_NEWNET);
            int closed = (int) CLOSE.invokeExact(fd);
            if (result != 0 || closed != 0) {
                throw new IllegalStateException("setns to " + name + " failed: needs root");
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new IllegalStateException(t);
        }
    }

    /** Runs a command inside the namespace and returns its standard output; fails on a non-zero exit. */
    public String exec(String... command) throws IOException {
        return run(prefixed(command));
    }

    /** A process builder for a command inside the namespace. */
    public ProcessBuilder process(String... command) {
        return new ProcessBuilder(prefixed(command));
    }

    private String[] prefixed(String... command) {
        String[] all = new String[command.length + 4];
        all[0] = "ip";
        all[1] = "netns";
        all[2] = "exec";
        all[3] = name;
        System.arraycopy(command, 0, all, 4, command.length);
        return all;
    }

    /** Runs a command and returns its standard output; fails on a non-zero exit with what it wrote. */
    public static String run(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        try {
            int exit = process.waitFor();
            if (exit != 0) {
                throw new IOException(String.join(" ", command) + " exited with " + exit + ": " + output);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
        return output;
    }

    @Override
    public void close() throws IOException {
        run("ip", "netns", "del", name);
    }

    private static MethodHandle libc(String function, FunctionDescriptor descriptor) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().find(function).orElseThrow(), descriptor);
    }
}
