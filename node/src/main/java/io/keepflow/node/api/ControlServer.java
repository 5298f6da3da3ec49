package io.keepflow.node.api;

import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the control socket: one request per connection, a thread for each of a bounded number of connections, and a limit
 * on the patience with each. Whatever a client does harms its own connection only.
 */
public final class ControlServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ControlServer.class);
    private static final int BACKLOG = 128;

    private final ControlSocketFile file;
    private final ServerSocketChannel listener;
    private final ThreadPoolExecutor workers;
    private final ControlSession session;
    private final Limits limits;
    private final Thread acceptor;

    /** How many connections are served at once, and how long a client may be silent or not read. */
    record Limits(int connections, Duration stallTimeout) {
        static final Limits DEFAULT = new Limits(64, Duration.ofSeconds(10));
    }

    private ControlServer(ControlSocketFile file, ServerSocketChannel listener, NodeView node, Limits limits) {
        this.file = file;
        this.listener = listener;
        this.limits = limits;
        session = new ControlSession(node);
        AtomicInteger sequence = new AtomicInteger();
        workers = new ThreadPoolExecutor(
                0,
                limits.connections(),
                10,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                task -> Thread.ofPlatform()
                        .daemon()
                        .name("control-" + sequence.incrementAndGet())
                        .unstarted(task));
        acceptor = Thread.ofPlatform().daemon().name("control-accept").unstarted(this::accept);
    }

    /**
     * Listens on {@code socket} and answers from now on.
     *
     * @throws IOException when another process answers there, or the socket cannot be made; says what to do
     */
    public static ControlServer start(Path socket, NodeView node) throws IOException {
        return start(socket, node, Limits.DEFAULT);
    }

    static ControlServer start(Path socket, NodeView node, Limits limits) throws IOException {
        ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            ControlSocketFile file =
                    ControlSocketFile.bind(socket, path -> listener.bind(UnixDomainSocketAddress.of(path), BACKLOG));
            ControlServer server = new ControlServer(file, listener, node, limits);
            server.acceptor.start();
            return server;
        } catch (IOException | RuntimeException e) {
            listener.close();
            throw e;
        }
    }

    /** Stops listening, ends the connections and removes the socket. */
    @Override
    public void close() throws IOException {
        listener.close();
        workers.shutdownNow();
        file.remove();
    }

    private void accept() {
        while (listener.isOpen()) {
            try {
                dispatch(listener.accept());
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                LOG.warn("The control socket could not accept a connection: {}", e.getMessage());
                pause();
            }
        }
    }

    /** Gives a failing accept (no file descriptors left) time to recover instead of spinning. */
    private static void pause() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void dispatch(SocketChannel channel) {
        try {
            workers.execute(() -> serve(channel));
        } catch (RejectedExecutionException e) {
            refuse(channel);
        }
    }

    private void refuse(SocketChannel channel) {
        try (ControlChannel client = new ControlChannel(channel, Duration.ZERO)) {
            client.write(ControlSession.error(
                    "the node already serves " + limits.connections() + " control connections; try again in a moment"));
            client.flush();
        } catch (IOException e) {
            LOG.debug("A control connection that was refused ended early: {}", e.getMessage());
        }
    }

    private void serve(SocketChannel channel) {
        try (ControlChannel client = new ControlChannel(channel, limits.stallTimeout())) {
            try {
                session.serve(client);
            } catch (InvalidProtocolBufferException e) {
                client.write(ControlSession.error("the request cannot be understood: " + e.getMessage()));
            }
            client.flush();
        } catch (IOException e) {
            LOG.debug("A control connection ended early: {}", e.getMessage());
        }
    }
}
