package io.keepflow.node.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;

/** The events of a short TCP connection through SNAT, as a kernel wrote them: NEW, six UPDATEs and DESTROY. */
public final class Recording {
    /** Events of one connection. */
    public static final int EVENTS = 8;

    /** Source port of the connection that was recorded, and of the first one made of it. */
    public static final int FIRST_PORT = 40_000;

    /** Sum of the timeouts that the events of one connection tell. */
    public static final long TIMEOUTS = 120 + 60 + 432_000 + 120 + 60 + 30 + 1;

    private static final String RECORDED_PORT = HexFormat.of().toHexDigits((short) FIRST_PORT);

    private Recording() {}

    /** The datagrams of a connection like the one recorded, but from a source port that is {@code number} higher. */
    public static List<byte[]> shortTcpConnection(int number) {
        String port = HexFormat.of().toHexDigits((short) (FIRST_PORT + number));
        try (InputStream in = Recording.class.getResourceAsStream("/bench/short-tcp-connection.hex")) {
            return new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII))
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> HexFormat.of().parseHex(line.replace(RECORDED_PORT, port)))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
