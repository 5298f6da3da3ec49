package io.keepflow.node.cluster;

import io.keepflow.crypto.ClusterKey;
import io.keepflow.crypto.Rejection;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.jgroups.Address;
import org.jgroups.JChannel;
import org.jgroups.Message;
import org.jgroups.Receiver;
import org.jgroups.View;
import org.jgroups.util.Buffer;
import org.jgroups.util.UUID;
import org.jgroups.util.Util;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The link over JGroups: reliable, FIFO multicast in sealed datagrams. A broadcast is one datagram, sent by the calling
 * thread; nothing in the stack waits for a receiver or for a bundle to fill.
 *
 * <p>What a broadcast occupies until all members have it is bounded by time: a member that receives nothing is dropped from
 * the view after the failure timeout, and its claim on sent messages with it.
 */
public final class JGroupsLink implements Link {
    private static final Logger LOG = LoggerFactory.getLogger(JGroupsLink.class);

    private static final short FLAGS = Message.TransientFlag.DONT_LOOPBACK.value();
    private static final short FLAGS_IF_FOLLOWED = (short) (FLAGS | JGroupsLinkRetransmission.FOLLOWED.value());

    private final LinkOptions options;
    private final SealedUdp transport;
    private final JGroupsLinkMulticast multicast;
    private final JChannel channel;
    private final UUID address = UUID.randomUUID();
    private final MemberId self = memberId(address);
    private final int maxPayload;
    private final LongAdder strayMessages = new LongAdder();
    private volatile Map<Address, MemberId> members = Map.of();
    private volatile @Nullable Listener listener;

    /** A link that receives multicasts, and runs what its protocols do from time to time, on {@code loop}. */
    public JGroupsLink(LinkOptions options, ClusterKey key, EventLoop loop) throws Exception {
        this.options = options;
        this.transport = new SealedUdp(key, loop);
        this.maxPayload = JGroupsLinkStack.maxPayload(options);
        this.multicast = new JGroupsLinkMulticast(maxPayload);
        Util.setCachedAddresses(null, List.of(options.bindAddress()));
        this.channel = new JChannel(JGroupsLinkStack.protocols(options, transport, multicast, this::announce))
                .name(options.nodeName())
                .addAddressGenerator(() -> address);
        channel.setReceiver(new Receiver() {
            @Override
            public void receive(Message message) {
                deliver(message);
            }
        });
    }

    @Override
    public void start(Listener owner) throws Exception {
        listener = owner;
        LOG.info("Joining cluster {} as {} ({})", options.clusterName(), options.nodeName(), self);
        channel.connect(options.clusterName());
    }

    @Override
    public MemberId self() {
        return self;
    }

    @Override
    public int maxPayload() {
        return maxPayload;
    }

    @Override
    public void broadcast(byte[] payload, int offset, int length, boolean followed) {
        if (length > maxPayload) {
            throw new IllegalArgumentException(
                    "a broadcast of " + length + " bytes does not fit into a datagram, which takes " + maxPayload);
        }
        try {
            channel.send(multicast.broadcast(payload, offset, length, followed ? FLAGS_IF_FOLLOWED : FLAGS));
        } catch (Exception e) {
            throw new LinkException("the sync link is not connected; nothing was sent", e);
        }
    }

    /** Tells the owner of a view; runs under a lock of JGroups, before any message of a new member. */
    private void announce(View view) {
        Map<Address, MemberId> next = new HashMap<>();
        List<MemberId> ids = new ArrayList<>(view.size());
        for (Address member : view.getMembers()) {
            MemberId id = memberId((UUID) member);
            next.put(member, id);
            ids.add(id);
        }
        members = Map.copyOf(next);
        Listener owner = listener;
        if (owner == null) {
            return;
        }
        try {
            owner.onView(List.copyOf(ids));
        } catch (RuntimeException e) {
            LOG.error("The new view {} was not taken in", view, e);
        }
    }

    private void deliver(Message message) {
        MemberId sender = members.get(message.getSrc());
        Listener owner = listener;
        if (sender == null || owner == null) {
            strayMessages.increment();
            return;
        }
        try {
            owner.onMessage(sender, message.getArray(), message.getOffset(), message.getLength());
        } catch (RuntimeException e) {
            LOG.error("A message of {} was not taken in", sender, e);
        }
    }

    /** Datagrams that were refused so far, by reason. */
    public Map<Rejection, Long> rejections() {
        return transport.rejections();
    }

    /** Datagrams that left and arrived, their payload in bytes, and those that the network refused to take. */
    public Traffic traffic() {
        return new Traffic(
                transport.datagramsSent(),
                transport.bytesSent(),
                transport.sendFailures(),
                transport.datagramsReceived(),
                transport.bytesReceived());
    }

    /** Own broadcasts that are kept because some member has not yet confirmed that it has them. */
    public long unconfirmedBroadcasts() {
        Buffer<Message> sent = multicast.getBuf(address);
        return sent == null ? 0 : sent.high() - sent.low();
    }

    /** Own broadcasts that were sent again because a member asked for them. */
    public long retransmissions() {
        return multicast.getXmitResponsesSent();
    }

    /** Messages that were dropped because their sender was no longer a member. */
    public long strayMessages() {
        return strayMessages.sum();
    }

    /** Counters of the transport since the start, in datagrams and bytes of UDP payload. */
    public record Traffic(
            long datagramsSent, long bytesSent, long sendFailures, long datagramsReceived, long bytesReceived) {}

    @Override
    public void close() {
        channel.close();
        listener = null;
    }

    private static MemberId memberId(UUID address) {
        return new MemberId(new java.util.UUID(address.getMostSignificantBits(), address.getLeastSignificantBits()));
    }
}
