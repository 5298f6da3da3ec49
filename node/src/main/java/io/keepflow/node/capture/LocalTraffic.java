package io.keepflow.node.capture;

import io.keepflow.protocol.Flow;
import io.keepflow.protocol.Tuple;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Tells a firewall's own traffic from what it forwards. A connection that begins or ends on the node itself dies with the node,
 * so it is not replicated; neither are multicast and broadcast, of which every node sees its own.
 */
public final class LocalTraffic {
    /** Halves of one address after the other: few enough to scan. */
    private volatile long[] addresses = {};

    /** Reads the addresses of this machine's interfaces anew, those of their broadcasts too: keepalived moves them. */
    public void refresh() throws SocketException {
        here(NetworkInterface.networkInterfaces()
                .flatMap(device -> device.getInterfaceAddresses().stream())
                .flatMap(address -> Stream.of(address.getAddress(), address.getBroadcast()))
                .filter(Objects::nonNull));
    }

    /** Takes {@code all} for the addresses of this machine. */
    public void here(Stream<InetAddress> all) {
        addresses = all.flatMapToLong(LocalTraffic::halves).toArray();
    }

    /** Whether the flow begins or ends here, or is addressed to many. */
    public boolean isLocal(Flow flow) {
        Tuple o = flow.original;
        return isToMany(flow.family, o.dstHigh, o.dstLow)
                || isHere(flow.family, o.srcHigh, o.srcLow)
                || (isHere(flow.family, o.dstHigh, o.dstLow) && !isForwarded(flow));
    }

    /** A destination that was translated to another machine: the reply comes from there. */
    private boolean isForwarded(Flow flow) {
        return flow.has(Flow.HAS_REPLY) && !isHere(flow.family, flow.reply.srcHigh, flow.reply.srcLow);
    }

    private boolean isHere(int family, long high, long low) {
        if (family == Flow.IPV4 ? low >>> 24 == 127 : (high == 0 && low == 1)) {
            return true;
        }
        long[] here = addresses;
        for (int i = 0; i < here.length; i += 2) {
            if (here[i + 1] == low && here[i] == high) {
                return true;
            }
        }
        return false;
    }

    private static boolean isToMany(int family, long high, long low) {
        return family == Flow.IPV4 ? (low >>> 28 == 0xe || low == 0xffffffffL) : high >>> 56 == 0xff;
    }

    private static LongStream halves(InetAddress address) {
        byte[] bytes = address.getAddress();
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return bytes.length == 4
                ? LongStream.of(0, buffer.getInt() & 0xffffffffL)
                : LongStream.of(buffer.getLong(), buffer.getLong());
    }
}
