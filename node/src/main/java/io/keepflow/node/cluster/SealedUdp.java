package io.keepflow.node.cluster;

import io.keepflow.crypto.ClusterKey;
import io.keepflow.crypto.Opener;
import io.keepflow.crypto.Rejection;
import io.keepflow.crypto.Sealer;
import io.netty.channel.EventLoop;
import java.io.DataInput;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.MulticastSocket;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.jgroups.Address;
import org.jgroups.PhysicalAddress;
import org.jgroups.protocols.UDP;
import org.jgroups.stack.IpAddress;
import org.jgroups.util.Util;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * JGroups' UDP transport, sealed: every datagram is sealed as the last thing before it leaves, and opened before JGroups
 * looks at a byte of it. It has no diagnostics and no probes. Multicasts, which are nearly
 * all there is, are received on an event loop and sent by a socket of their own; {@link UDP}'s has a thread that receives the rest.
 */
final class SealedUdp extends UDP {
    private static final Logger LOG = LoggerFactory.getLogger(SealedUdp.class);
    private static final int SOCKET_BUFFER_BYTES = 8 << 20;

    private final EventLoop loop;
    private final Sealer sealer;
    private final Opener<PhysicalAddress> opener;
    private final SealedRejections rejections = new SealedRejections();
    private final SealedLogPace refusals = new SealedLogPace();
    private final ThreadLocal<byte[]> outgoing =
            ThreadLocal.withInitial(() -> new byte[Opener.MAX_DATAGRAM_BYTES + Sealer.OVERHEAD]);
    private final ThreadLocal<byte[]> incoming = ThreadLocal.withInitial(() -> new byte[Opener.MAX_DATAGRAM_BYTES]);
    private final LongAdder datagramsSent = new LongAdder();
    private final LongAdder bytesSent = new LongAdder();
    private final LongAdder sendFailures = new LongAdder();
    private final LongAdder datagramsReceived = new LongAdder();
    private final LongAdder bytesReceived = new LongAdder();

    private @Nullable GroupReceiver group;
    private volatile @Nullable GroupSender toGroup;

    SealedUdp(ClusterKey key, EventLoop loop) {
        this.loop = loop;
        sealer = new Sealer(key);
        opener = new Opener<>(sealer, this::reply);
        setUcastSendBufSize(SOCKET_BUFFER_BYTES).setUcastRecvBufSize(SOCKET_BUFFER_BYTES);
        setMcastSendBufSize(SOCKET_BUFFER_BYTES).setMcastRecvBufSize(SOCKET_BUFFER_BYTES);
    }

    @Override
    public void init() throws Exception {
        JGroupsLinkTimer onLoop = new JGroupsLinkTimer(loop, thread_pool);
        timer = onLoop;
        super.init();
        onLoop.setThreadPool(thread_pool.getThreadPool());
        msg_processing_policy = new JGroupsLinkPolicy();
        msg_processing_policy.init(this);
    }

    @Override
    protected void _send(InetAddress dest, int port, byte[] data, int offset, int length) throws Exception {
        byte[] sealed = outgoing.get();
        transmit(dest, port, sealed, sealer.seal(data, offset, length, sealed, 0));
    }

    private void transmit(InetAddress dest, int port, byte[] sealed, int length) throws Exception {
        try {
            GroupSender sender = toGroup;
            if (sender != null && dest.isMulticastAddress()) {
                sender.send(sealed, length);
            } else {
                super._send(dest, port, sealed, 0, length);
            }
            datagramsSent.increment();
            bytesSent.add(length);
        } catch (IOException e) {
            sendFailures.increment();
            if (refusals.allows()) {
                LOG.warn(
                        "The network refuses datagrams of the sync link to {}: {}",
                        dest.getHostAddress(),
                        e.toString());
            }
            throw e;
        }
    }

    private void reply(PhysicalAddress peer, byte[] datagram, int length) {
        try {
            transmit(peer.getIpAddress(), peer.getPort(), datagram, length);
        } catch (Exception e) {
            LOG.debug("No handshake with {}: {}", peer, e.toString());
        }
    }

    @Override
    public void receive(Address sender, byte[] data, int offset, int length) {
        datagramsReceived.increment();
        bytesReceived.add(length);
        PhysicalAddress source = (PhysicalAddress) sender;
        byte[] clear = incoming.get();
        int opened = opener.open(source, data, offset, length, clear, 0);
        if (opened > 0) {
            super.receive(sender, clear, 0, opened);
        } else if (opened < 0) {
            rejections.log(Rejection.of(opened), source);
        }
    }

    /** The way of stream transports, which this one has no use for. */
    @Override
    public void receive(Address sender, @Nullable DataInput in, int ignoredLength) {
        throw new UnsupportedOperationException("only datagrams can be opened");
    }

    /**
     * JGroups checks the address against the interfaces of its first look, which it remembers for ever. An address that came
     * up later is as good; whether it is there, binding to it tells.
     */
    @Override
    protected void createSockets() throws Exception {
        synchronized (SealedUdp.class) {
            Util.setCachedAddresses(null, List.of(bind_addr));
            super.createSockets();
        }
        if (mcast_sock != null) {
            replaceGroupSockets(new InetSocketAddress(mcast_group_addr, mcast_port));
        }
        int granted = sock.getReceiveBufferSize();
        if (granted < SOCKET_BUFFER_BYTES) {
            LOG.warn(
                    "The kernel grants the sync link a receive buffer of {} KiB instead of {} KiB, bursts may have to be sent"
                            + " again; set sysctl net.core.rmem_max and net.core.wmem_max to {}",
                    granted >> 10,
                    SOCKET_BUFFER_BYTES >> 10,
                    SOCKET_BUFFER_BYTES);
        }
    }

    /** Puts a socket on the loop in the place of the superclass', which would need a thread of its own, and one to send from. */
    private void replaceGroupSockets(InetSocketAddress address) throws Exception {
        NetworkInterface linked = NetworkInterface.getByInetAddress(bind_addr);
        sock.joinGroup(address, linked);
        group = GroupReceiver.open(
                loop,
                address,
                SOCKET_BUFFER_BYTES,
                Opener.MAX_DATAGRAM_BYTES,
                (source, bytes, length) -> receive(new IpAddress(source), bytes, 0, length));
        mcast_sock.close();
        // While the sender is bound, and not for anybody who comes later.
        sock.setReuseAddress(true);
        toGroup = GroupSender.open(
                loop,
                address,
                new InetSocketAddress(bind_addr, sock.getLocalPort()),
                linked,
                SOCKET_BUFFER_BYTES,
                Opener.MAX_DATAGRAM_BYTES + Sealer.OVERHEAD);
        sock.setReuseAddress(false);
    }

    /** Multicasts leave by the interface that has the bound address, or else by the kernel's routes. */
    @Override
    @SuppressWarnings("TypeParameterUnusedInFormals") // the superclass' signature
    protected <T extends UDP> T setNetworkInterface(InetAddress address, MulticastSocket socket) {
        try {
            NetworkInterface intf = NetworkInterface.getByInetAddress(address);
            if (intf != null) {
                socket.setNetworkInterface(intf);
            }
        } catch (SocketException e) {
            LOG.warn("The sync link's interface is chosen by the routes, not by {}: {}", address, e.toString());
        }
        @SuppressWarnings("unchecked") // as the superclass does
        T self = (T) this;
        return self;
    }

    @Override
    protected void startDiagnostics() {
        // JGroups' diagnostics responder would be an open socket in clear text.
    }

    @Override
    protected void setBufferSize(DatagramSocket socket, int sendBytes, int receiveBytes) {
        try {
            socket.setSendBufferSize(sendBytes);
            socket.setReceiveBufferSize(receiveBytes);
        } catch (SocketException e) {
            LOG.warn("The sync link's socket buffers keep their size: {}", e.toString());
        }
    }

    @Override
    protected void startMcastReceiverThreads() {
        if (group != null) {
            group.start();
        }
    }

    @Override
    protected void destroySockets() {
        super.destroySockets();
        if (group != null) {
            group.close();
            group = null;
        }
        GroupSender sender = toGroup;
        if (sender != null) {
            toGroup = null;
            sender.close();
        }
        // The superclass leaves it open when it cannot leave the multicast group, as when the interface is gone.
        if (mcast_sock != null) {
            mcast_sock.close();
        }
    }

    Map<Rejection, Long> rejections() {
        return opener.rejections();
    }

    long datagramsSent() {
        return datagramsSent.sum();
    }

    long bytesSent() {
        return bytesSent.sum();
    }

    long sendFailures() {
        return sendFailures.sum();
    }

    long datagramsReceived() {
        return datagramsReceived.sum();
    }

    long bytesReceived() {
        return bytesReceived.sum();
    }
}
