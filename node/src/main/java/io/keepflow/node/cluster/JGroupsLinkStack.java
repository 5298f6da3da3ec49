package io.keepflow.node.cluster;

import io.keepflow.crypto.Sealer;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.Consumer;
import org.jgroups.BytesMessage;
import org.jgroups.Message;
import org.jgroups.View;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.protocols.Discovery;
import org.jgroups.protocols.FD_ALL3;
import org.jgroups.protocols.MERGE3;
import org.jgroups.protocols.NakAckHeader;
import org.jgroups.protocols.PING;
import org.jgroups.protocols.TCPPING;
import org.jgroups.protocols.TP;
import org.jgroups.protocols.TpHeader;
import org.jgroups.protocols.UNICAST3;
import org.jgroups.protocols.VERIFY_SUSPECT;
import org.jgroups.protocols.pbcast.GMS;
import org.jgroups.protocols.pbcast.STABLE;
import org.jgroups.stack.Protocol;
import org.jgroups.util.AsciiString;
import org.jgroups.util.UUID;

/**
 * The protocol stack of a link, from the transport up.
 *
 * <p>No flow control, which would block the sender; no fragmentation, since senders keep to {@link #maxPayload}; no failure
 * detection by sockets, which would be sockets of their own in clear text.
 */
final class JGroupsLinkStack {
    /** The first request of a newcomer is always lost to the seal's handshake, so it asks again, every 25 ms by default. */
    private static final int DISCOVERY_RUNS = 20;

    private static final int HEARTBEATS_PER_TIMEOUT = 5;

    /** Of the protocols' own timers; {@link JGroupsLinkRetransmission} does not let anybody wait for these. */
    private static final int RETRANSMIT_INTERVAL_MS = 2000;

    private static final int LEAVE_TIMEOUT_MS = 300;
    private static final int VIEW_ACK_TIMEOUT_MS = 500;
    private static final int MERGE_TIMEOUT_MS = 2000;

    /** A sender at rest tells its last sequence number so often, so that a lost last message is missed at once. */
    private static final int LAST_SEQNO_REPEATS = 3;

    /** Stability rounds, after which delivered messages are forgotten: by volume received, and at rest by time. */
    private static final int STABLE_BYTES = 512 << 10;

    private static final int STABLE_INTERVAL_MS = 2000;

    private static final int IPV4_HEADER_BYTES = 20;
    private static final int IPV6_HEADER_BYTES = 40;
    private static final int UDP_HEADER_BYTES = 8;

    private JGroupsLinkStack() {}

    static List<Protocol> protocols(
            LinkOptions options, SealedUdp transport, JGroupsLinkMulticast multicast, Consumer<View> views)
            throws Exception {
        multicast
                .setXmitInterval(RETRANSMIT_INTERVAL_MS)
                .useMcastXmit(options.multicast() != null)
                // A peer that is back speaks before it is a member again.
                .logDiscardMessages(false);
        UNICAST3 unicast = new UNICAST3().setXmitInterval(RETRANSMIT_INTERVAL_MS);
        return List.of(
                configured(transport, options),
                discovery(options).numDiscoveryRuns(DISCOVERY_RUNS),
                new MERGE3()
                        .setMinInterval(options.mergeInterval().toMillis() * 3 / 8)
                        .setMaxInterval(options.mergeInterval().toMillis()),
                new FD_ALL3()
                        .setTimeout(options.failureTimeout().toMillis())
                        .setInterval(options.failureTimeout().toMillis() / HEARTBEATS_PER_TIMEOUT),
                new VERIFY_SUSPECT().setTimeout(LinkOptions.VERIFY_TIMEOUT_MS),
                new JGroupsLinkRetransmission(multicast, unicast, LAST_SEQNO_REPEATS),
                multicast,
                unicast,
                new STABLE().setMaxBytes(STABLE_BYTES).setDesiredAverageGossip(STABLE_INTERVAL_MS),
                new JGroupsLinkViews(views),
                new GMS()
                        .printLocalAddress(false)
                        .setJoinTimeout(options.joinTimeout().toMillis())
                        .setLeaveTimeout(LEAVE_TIMEOUT_MS)
                        .setViewAckCollectionTimeout(VIEW_ACK_TIMEOUT_MS)
                        .setMergeTimeout(MERGE_TIMEOUT_MS));
    }

    private static TP configured(SealedUdp transport, LinkOptions options) {
        transport
                .setBindAddress(options.bindAddress())
                .setBindPort(options.port())
                .setPortRange(0)
                .useVirtualThreads(false);
        InetSocketAddress group = options.multicast();
        if (group == null) {
            transport.setMulticasting(false);
        } else {
            transport.setMulticastAddress(group.getAddress()).setMulticastPort(group.getPort());
        }
        // Nodes are on different hosts: what a node multicasts is not for itself.
        transport.setIpTTL(1).disableLoopback(true);
        transport.setBundler(new JGroupsLinkBundler(options.mtu()));
        return transport;
    }

    private static Discovery discovery(LinkOptions options) {
        return options.multicast() != null
                ? new PING()
                : new TCPPING().setInitialHosts(options.members()).setPortRange(0);
    }

    /** Bytes of payload that fit into one datagram of the MTU. */
    static int maxPayload(LinkOptions options) {
        int ip = options.isIpv6() ? IPV6_HEADER_BYTES : IPV4_HEADER_BYTES;
        return options.mtu() - ip - UDP_HEADER_BYTES - Sealer.OVERHEAD - messageOverhead(options);
    }

    /** Bytes of JGroups' headers around a multicast message, for the longest possible sequence number. */
    static int messageOverhead(LinkOptions options) {
        Message largest = new BytesMessage(null, new byte[0])
                .setSrc(new UUID(-1, -1))
                .putHeader(
                        ClassConfigurator.getProtocolId(TP.class), new TpHeader(new AsciiString(options.clusterName())))
                .putHeader(JGroupsLinkMulticast.ID, NakAckHeader.createMessageHeader(Long.MAX_VALUE));
        return TP.MSG_OVERHEAD + largest.size();
    }
}
