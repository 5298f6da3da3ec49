package io.keepflow.node.cluster;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.keepflow.node.testkit.NetworkNamespace;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Everything that crosses a namespace's interfaces, read from an {@code AF_PACKET} socket: what a wiretap sees. */
final class JGroupsLinkCapture implements AutoCloseable {
    private static final int AF_PACKET = 17;
    private static final int SOCK_RAW = 3;
    /** {@code htons(ETH_P_ALL)} on a little-endian machine. */
    private static final int ETH_P_ALL = 0x0300;

    private static final int SOL_SOCKET = 1;
    private static final int SO_RCVTIMEO = 20;
    private static final int SO_RCVBUFFORCE = 33;
    private static final int ETHERNET_HEADER_BYTES = 14;
    private static final int IPPROTO_UDP = 17;
    private static final int UDP_HEADER_BYTES = 8;

    private static final MethodHandle SOCKET =
            libc("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle SETSOCKOPT =
            libc("setsockopt", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle RECV =
            libc("recv", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    private static final MethodHandle CLOSE = libc("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

    private final List<byte[]> frames = new CopyOnWriteArrayList<>();
    private final Thread reader;
    private volatile boolean running = true;

    JGroupsLinkCapture(NetworkNamespace namespace) throws Exception {
        int fd = namespace.call(JGroupsLinkCapture::open);
        reader = Thread.ofPlatform().daemon().name("capture").start(() -> read(fd));
    }

    private static int open() {
        try (Arena arena = Arena.ofConfined()) {
            int fd = (int) SOCKET.invokeExact(AF_PACKET, SOCK_RAW, ETH_P_ALL);
            MemorySegment timeout = arena.allocateFrom(JAVA_LONG, 0, 20_000);
            MemorySegment bytes = arena.allocateFrom(JAVA_INT, 64 << 20);
            int timed = (int) SETSOCKOPT.invokeExact(fd, SOL_SOCKET, SO_RCVTIMEO, timeout, 16);
            int sized = (int) SETSOCKOPT.invokeExact(fd, SOL_SOCKET, SO_RCVBUFFORCE, bytes, 4);
            if (fd < 0 || timed != 0 || sized != 0) {
                throw new IllegalStateException("no packet socket: needs root");
            }
            return fd;
        } catch (Throwable t) {
            throw new IllegalStateException(t);
        }
    }

    private void read(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(65_536);
            while (running) {
                long length = (long) RECV.invokeExact(fd, buffer, buffer.byteSize(), 0);
                if (length > 0) {
                    frames.add(buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
                }
            }
            int closed = (int) CLOSE.invokeExact(fd);
            if (closed != 0) {
                throw new IllegalStateException("close failed");
            }
        } catch (Throwable t) {
            throw new IllegalStateException(t);
        }
    }

    /** All frames so far, Ethernet header included. */
    List<byte[]> frames() {
        return List.copyOf(frames);
    }

    /** The payloads of the UDP datagrams to the link's two ports so far; a frame counts once per interface. */
    List<byte[]> datagrams() {
        return frames.stream()
                .map(JGroupsLinkCapture::udpPayload)
                .filter(payload -> payload.length > 0)
                .toList();
    }

    private static byte[] udpPayload(byte[] frame) {
        ByteBuffer bytes = ByteBuffer.wrap(frame);
        int etherType = Short.toUnsignedInt(bytes.getShort(12));
        int udp;
        if (etherType == 0x0800 && frame[ETHERNET_HEADER_BYTES + 9] == IPPROTO_UDP) {
            udp = ETHERNET_HEADER_BYTES + (frame[ETHERNET_HEADER_BYTES] & 0x0f) * 4;
        } else if (etherType == 0x86dd && frame[ETHERNET_HEADER_BYTES + 6] == IPPROTO_UDP) {
            udp = ETHERNET_HEADER_BYTES + 40;
        } else {
            return new byte[0];
        }
        int port = Short.toUnsignedInt(bytes.getShort(udp + 2));
        if (port != JGroupsLinkNet.PORT && port != JGroupsLinkNet.GROUP_PORT) {
            return new byte[0];
        }
        byte[] payload = new byte[Short.toUnsignedInt(bytes.getShort(udp + 4)) - UDP_HEADER_BYTES];
        bytes.get(udp + UDP_HEADER_BYTES, payload);
        return payload;
    }

    @Override
    public void close() throws Exception {
        running = false;
        reader.join();
    }

    private static MethodHandle libc(String function, FunctionDescriptor descriptor) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().find(function).orElseThrow(), descriptor);
    }
}
