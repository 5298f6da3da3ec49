package io.keepflow.it.lab.traffic;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.HexFormat;

/** The bytes of the conversations: a sequence number and the time of sending, echoed with the source that the server saw. */
final class Message {
    static final int BYTES = 2 * Long.BYTES;
    static final int MAX_ECHO_BYTES = BYTES + 16 + Short.BYTES;

    private Message() {}

    static void put(ByteBuffer buffer, long sequence, long sentNanos) {
        buffer.putLong(sequence).putLong(sentNanos);
    }

    /** Appends what the server saw as the sender of a UDP packet. */
    static void putSource(ByteBuffer buffer, InetSocketAddress source) {
        buffer.put(source.getAddress().getAddress()).putShort((short) source.getPort());
    }

    /** The rest of a UDP echo: the sender as the server saw it. */
    static String source(ByteBuffer echo) {
        byte[] source = new byte[echo.remaining()];
        echo.get(source);
        return HexFormat.of().formatHex(source);
    }
}
