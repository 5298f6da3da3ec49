package io.keepflow.node.api;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One connection of the control socket, either end of it: length-delimited protobuf messages, each with a limit on its size
 * and on the time that the other end may take. For one thread.
 */
public final class ControlChannel implements AutoCloseable {
    /** Longest message in either direction, bytes. */
    public static final int MAX_MESSAGE_BYTES = 64 * 1024;

    private static final int MAX_VARINT_BYTES = 5;

    private final SocketChannel channel;
    private final Selector selector;
    private final SelectionKey key;
    private final long stallTimeoutNanos;
    private final ByteBuffer input =
            ByteBuffer.allocate(MAX_MESSAGE_BYTES + MAX_VARINT_BYTES).flip();
    private final ByteBuffer output = ByteBuffer.allocate(MAX_MESSAGE_BYTES + MAX_VARINT_BYTES);

    /** Takes over a connected channel and closes it when that fails; {@code stallTimeout}: longest wait for the other end. */
    ControlChannel(SocketChannel channel, Duration stallTimeout) throws IOException {
        this.channel = channel;
        stallTimeoutNanos = stallTimeout.toNanos();
        Selector opened = null;
        try {
            channel.configureBlocking(false);
            opened = Selector.open();
            key = channel.register(opened, 0);
        } catch (IOException e) {
            channel.close();
            if (opened != null) {
                opened.close();
            }
            throw e;
        }
        selector = opened;
    }

    /** Connects to the node that listens on {@code socket}. */
    public static ControlChannel connect(Path socket, Duration stallTimeout) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
        return new ControlChannel(channel, stallTimeout);
    }

    /** Queues a message; it leaves when the buffer is full or on {@link #flush}. */
    public void write(MessageLite message) throws IOException {
        int length = message.getSerializedSize();
        if (length > MAX_MESSAGE_BYTES) {
            throw new IOException("a message of " + length + " bytes is longer than " + MAX_MESSAGE_BYTES);
        }
        if (output.remaining() < length + MAX_VARINT_BYTES) {
            flush();
        }
        CodedOutputStream coded = CodedOutputStream.newInstance(output);
        coded.writeUInt32NoTag(length);
        message.writeTo(coded);
        coded.flush();
    }

    /** Sends what is queued; fails when the other end does not take it all within the stall time-out. */
    public void flush() throws IOException {
        long deadline = System.nanoTime() + stallTimeoutNanos;
        output.flip();
        while (output.hasRemaining()) {
            if (channel.write(output) == 0) {
                await(SelectionKey.OP_WRITE, deadline);
            }
        }
        output.clear();
    }

    /**
     * The next message, or null when the other end has closed. The whole message must arrive within the stall time-out.
     *
     * @throws InvalidProtocolBufferException when the bytes are no such message or announce a longer one than allowed
     */
    public <T> @Nullable T read(Parser<T> parser) throws IOException {
        long deadline = System.nanoTime() + stallTimeoutNanos;
        int length = readLength(deadline);
        if (length < 0) {
            return null;
        }
        fill(length, deadline);
        T message = parser.parseFrom(CodedInputStream.newInstance(input.array(), input.position(), length));
        input.position(input.position() + length);
        return message;
    }

    @Override
    public void close() throws IOException {
        try {
            selector.close();
        } finally {
            channel.close();
        }
    }

    /** The length prefix, a varint; -1 at the end of the stream. */
    private int readLength(long deadline) throws IOException {
        long length = 0;
        for (int i = 0; i < MAX_VARINT_BYTES; i++) {
            if (!input.hasRemaining() && !receive(deadline)) {
                if (i == 0) {
                    return -1;
                }
                throw new EOFException("the connection ended inside a message");
            }
            byte b = input.get();
            length |= (long) (b & 0x7f) << (7 * i);
            if (b >= 0) {
                break;
            }
            if (i == MAX_VARINT_BYTES - 1) {
                throw new InvalidProtocolBufferException("the length of the message is no varint");
            }
        }
        if (length > MAX_MESSAGE_BYTES) {
            throw new InvalidProtocolBufferException(
                    "a message of " + length + " bytes is announced, at most " + MAX_MESSAGE_BYTES + " are allowed");
        }
        return (int) length;
    }

    private void fill(int length, long deadline) throws IOException {
        while (input.remaining() < length) {
            if (!receive(deadline)) {
                throw new EOFException("the connection ended inside a message");
            }
        }
    }

    /** Adds what arrives next to the input; false at the end of the stream. */
    private boolean receive(long deadline) throws IOException {
        input.compact();
        try {
            int count = channel.read(input);
            while (count == 0) {
                await(SelectionKey.OP_READ, deadline);
                count = channel.read(input);
            }
            return count > 0;
        } finally {
            input.flip();
        }
    }

    private void await(int operation, long deadline) throws IOException {
        key.interestOps(operation);
        long leftMillis = (deadline - System.nanoTime()) / 1_000_000;
        if (leftMillis <= 0 || selector.select(leftMillis) == 0) {
            if (Thread.currentThread().isInterrupted()) {
                throw new IOException("interrupted");
            }
            throw new SocketTimeoutException(
                    "the other end was silent for " + stallTimeoutNanos / 1_000_000_000 + " s");
        }
        selector.selectedKeys().clear();
    }
}
