package io.keepflow.node.cluster;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One run's link: numbered broadcasts in sealed datagrams, asked for again until they have come or their sender is out of the
 * view, and handed out in the order of sending. What members agree on behind the replication's back (who is in the view, from
 * which broadcast on, what all have) is looked up in the other links.
 */
final class SimulatedLink implements Link {
    private static final byte BROADCAST = 0;
    private static final byte ASK = 1;
    private static final int HEADER_BYTES = 1 + 16 + 8 + 8;

    /** Datagrams that the socket of a process that does not run keeps. */
    private static final int SOCKET_DATAGRAMS = 400;

    final String name;
    private final SimulatedNetwork network;
    private final MemberId self;
    private final SimulatedSeal seal;
    private final Map<MemberId, SimulatedStream> streams = new LinkedHashMap<>();
    private final Map<MemberId, Long> addedAt = new LinkedHashMap<>();
    private final Map<MemberId, Long> droppedAt = new LinkedHashMap<>();
    private final TreeMap<Long, byte[]> sent = new TreeMap<>();
    private final Deque<SimulatedWire.Datagram> socket = new ArrayDeque<>();
    private @Nullable Listener listener;
    private List<MemberId> view = List.of();
    private long viewDueNanos = Long.MAX_VALUE;
    private long sequence;

    /** Who has the same number is connected. */
    int segment;

    boolean up = true;

    /** The process is stopped, all of it. */
    boolean isAsleep;

    /** The network takes nothing: sending fails. */
    boolean refuses;

    long bytes;

    /** Sees every broadcast that leaves. */
    Consumer<byte[]> tap = payload -> {};

    /** Hears every broadcast that the node does. */
    Consumer<byte[]> ear = payload -> {};

    SimulatedLink(SimulatedNetwork network, String name, UUID id, SimulatedSeal.Nonces nonces, long toNextSegment) {
        this.network = network;
        this.name = name;
        self = new MemberId(id);
        seal = new SimulatedSeal(
                nonces, toNextSegment, network.clock, (to, datagram) -> network.wire.send(name, to, datagram));
    }

    @Override
    public void start(Listener owner) {
        listener = owner;
    }

    @Override
    public MemberId self() {
        return self;
    }

    @Override
    public int maxPayload() {
        return network.maxPayload;
    }

    List<MemberId> view() {
        return view;
    }

    @Override
    public void broadcast(byte[] payload, int offset, int length, boolean followed) {
        if (length > maxPayload()) {
            throw new IllegalArgumentException("a broadcast of " + length + " bytes");
        }
        byte[] copy = Arrays.copyOfRange(payload, offset, offset + length);
        tap.accept(copy);
        if (refuses) {
            throw new LinkException("the network refuses", new IOException("ENOBUFS"));
        }
        bytes += length;
        sent.put(++sequence, copy);
        byte[] datagram = seal.seal(numbered(sequence, copy));
        for (SimulatedLink other : network.links()) {
            if (other != this && other.up) {
                network.wire.send(name, other.name, datagram);
            }
        }
    }

    private byte[] numbered(long number, byte[] payload) {
        return header(BROADCAST, payload.length)
                .putLong(number)
                .putLong(0)
                .put(payload)
                .array();
    }

    private ByteBuffer header(byte kind, int payload) {
        return ByteBuffer.allocate(HEADER_BYTES + payload)
                .put(kind)
                .putLong(self.uuid().getMostSignificantBits())
                .putLong(self.uuid().getLeastSignificantBits());
    }

    void onDatagram(SimulatedWire.Datagram datagram) {
        if (!isAsleep) {
            open(datagram);
        } else if (socket.size() < SOCKET_DATAGRAMS) {
            socket.add(datagram);
        }
    }

    private void open(SimulatedWire.Datagram datagram) {
        byte[] clear = seal.open(datagram);
        if (clear.length > 0) {
            ByteBuffer in = ByteBuffer.wrap(clear);
            byte kind = in.get();
            MemberId from = new MemberId(new UUID(in.getLong(), in.getLong()));
            long first = in.getLong();
            long last = in.getLong();
            if (kind == ASK) {
                sendAgain(datagram.source(), first, last);
            } else {
                byte[] payload = new byte[in.remaining()];
                in.get(payload);
                stream(from).onBroadcast(first, payload);
            }
        }
    }

    private void sendAgain(String to, long first, long last) {
        sent.subMap(first, true, last, true)
                .forEach((number, payload) -> network.wire.send(name, to, seal.seal(numbered(number, payload))));
    }

    private SimulatedStream stream(MemberId from) {
        return streams.computeIfAbsent(from, member -> new SimulatedStream());
    }

    void expectView() {
        if (viewDueNanos == Long.MAX_VALUE) {
            viewDueNanos = network.clock.nanos() + network.viewDelay.getAsLong() * 1_000_000L;
        }
    }

    /** Hands out what is due; true if there was anything. */
    boolean deliver() {
        if (isAsleep) {
            return false;
        }
        boolean any = !socket.isEmpty();
        while (!socket.isEmpty()) {
            open(socket.remove());
        }
        if (viewDueNanos <= network.clock.nanos()) {
            viewDueNanos = Long.MAX_VALUE;
            install(network.group(this));
            any = true;
        }
        for (MemberId member : view) {
            any |= !member.equals(self) && deliver(member);
        }
        return any;
    }

    private boolean deliver(MemberId member) {
        SimulatedStream stream = stream(member);
        SimulatedLink sender = network.of(member);
        if (sender != null && sender.addedAt.containsKey(self)) {
            long from = sender.addedAt.get(self);
            if (stream.isOpen() ? from > stream.next() : from > droppedAt.getOrDefault(member, 0L)) {
                stream.open(from, sender.sequence);
            }
        }
        return stream.deliver(payload -> hear(member, payload));
    }

    private void hear(MemberId sender, byte[] payload) {
        if (listener != null && !network.gap.getAsBoolean()) {
            ear.accept(payload);
            listener.onMessage(sender, payload, 0, payload.length);
        }
    }

    private void install(List<MemberId> members) {
        boolean differs = !members.equals(view);
        for (MemberId old : view) {
            if (!members.contains(old)) {
                drop(old);
            }
        }
        for (MemberId member : members) {
            if (!view.contains(member)) {
                addedAt.put(member, sequence + 1);
                enter(member);
            }
        }
        view = members;
        network.views++;
        if (listener != null) {
            listener.onView(members);
        }
        if (differs) {
            network.expectViews(members, this);
        }
    }

    private void drop(MemberId member) {
        SimulatedLink other = network.of(member);
        addedAt.remove(member);
        stream(member).close();
        droppedAt.put(member, other == null ? 0 : other.sequence);
    }

    /** A member that had this one in its view all the time starts with what it sends next. */
    private void enter(MemberId member) {
        SimulatedLink other = network.of(member);
        if (other != null && other.addedAt.getOrDefault(self, Long.MAX_VALUE) <= droppedAt.getOrDefault(member, 0L)) {
            stream(member).open(other.sequence + 1, other.sequence);
        }
    }

    /** Asks for what is missing, and forgets what all have. */
    void tick() {
        if (isAsleep) {
            return;
        }
        for (MemberId member : view) {
            SimulatedLink sender = network.of(member);
            SimulatedStream stream = stream(member);
            long first = sender == this || sender == null ? 0 : stream.missingFrom(network.clock.nanos());
            if (first != 0) {
                ByteBuffer ask = header(ASK, 0).putLong(first).putLong(stream.missingTo());
                network.wire.send(name, sender.name, seal.seal(ask.array()));
            }
        }
        long wanted = sequence + 1;
        for (SimulatedLink other : network.links()) {
            if (other != this && other.up && (other.view.contains(self) || view.contains(other.self))) {
                wanted = Math.min(wanted, wantedBy(other));
            }
        }
        sent.headMap(wanted).clear();
        streams.keySet().removeIf(member -> !view.contains(member) && network.of(member) == null);
    }

    private long wantedBy(SimulatedLink other) {
        SimulatedStream theirs = other.stream(self);
        return theirs.isOpen() ? theirs.next() : addedAt.getOrDefault(other.self, sequence + 1);
    }

    @Override
    public void close() {}
}
