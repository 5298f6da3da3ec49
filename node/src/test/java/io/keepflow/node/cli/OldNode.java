package io.keepflow.node.cli;

import io.keepflow.protocol.v1.Reply;
import io.keepflow.protocol.v1.Request;
import io.keepflow.protocol.v1.Status;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/** A node of an earlier version: it tells its status, and knows no other command. */
final class OldNode implements AutoCloseable {
    private final Path socket;
    private final ServerSocketChannel server;

    private OldNode(Path socket, ServerSocketChannel server) {
        this.socket = socket;
        this.server = server;
    }

    static OldNode start(Path socket) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket));
        OldNode node = new OldNode(socket, server);
        Thread.ofVirtual().start(node::serve);
        return node;
    }

    String socket() {
        return socket.toString();
    }

    private void serve() {
        while (server.isOpen()) {
            try (SocketChannel client = server.accept()) {
                Request request = Request.parseDelimitedFrom(Channels.newInputStream(client));
                Reply.Builder reply = Reply.newBuilder();
                if (request.hasStatus()) {
                    reply.setStatus(Status.getDefaultInstance());
                } else {
                    reply.setError("the node does not know this command; command line and node must be of one version");
                }
                reply.build().writeDelimitedTo(Channels.newOutputStream(client));
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
