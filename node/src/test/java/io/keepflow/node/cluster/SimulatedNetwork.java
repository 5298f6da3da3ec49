package io.keepflow.node.cluster;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The sync links of a simulated cluster: ordered per sender, with delays of their own per pair, cut and healed at will. What was
 * sent before a cut waits, as a retransmission would, until it is healed or a view without the sender comes; what comes before
 * the view that has its sender waits for the view.
 */
final class SimulatedNetwork {
    private final SimulatedClock clock;
    private final List<SimulatedLink> links = new ArrayList<>();

    /** Views that were installed so far, anywhere. */
    long views;

    /** Milliseconds that the next frame takes, and the next view. */
    LongSupplier frameDelay = () -> 0;

    LongSupplier viewDelay = () -> 0;

    SimulatedNetwork(SimulatedClock clock) {
        this.clock = clock;
    }

    SimulatedLink join(UUID id) {
        SimulatedLink link = new SimulatedLink(new MemberId(id));
        links.add(link);
        return link;
    }

    /** Something was cut, healed, started or stopped: everybody hears of it in time. */
    void change() {
        for (SimulatedLink link : links) {
            link.expectView();
        }
        deliver();
    }

    /** Hands out what is due; true if there was anything. */
    boolean deliver() {
        boolean any = false;
        for (SimulatedLink link : List.copyOf(links)) {
            any |= link.up && link.deliver();
        }
        links.removeIf(link -> !link.up && links.stream().noneMatch(other -> other.view.contains(link.self)));
        return any;
    }

    private @Nullable SimulatedLink of(MemberId id) {
        return links.stream().filter(link -> link.self.equals(id)).findFirst().orElse(null);
    }

    private static final class Datagram {
        final long dueNanos;
        final byte[] payload;

        Datagram(long dueNanos, byte[] payload) {
            this.dueNanos = dueNanos;
            this.payload = payload;
        }
    }

    /** What one sender has sent to one receiver. */
    private static final class Way {
        final SimulatedLink sender;
        final Deque<Datagram> datagrams = new ArrayDeque<>();
        long lastDueNanos;

        Way(SimulatedLink sender) {
            this.sender = sender;
        }
    }

    /** One node's end. */
    final class SimulatedLink implements Link {
        private final MemberId self;
        private final List<Way> ways = new ArrayList<>();
        private @Nullable Listener listener;
        private List<MemberId> view = List.of();
        private long viewDueNanos = Long.MAX_VALUE;

        /** Who has the same number is connected. */
        int segment;

        boolean up = true;

        /** The network takes nothing: sending fails. */
        boolean refuses;

        long bytes;

        /** Told of every payload that leaves. */
        Consumer<byte[]> onSent = payload -> {};

        SimulatedLink(MemberId self) {
            this.self = self;
        }

        @Override
        public void start(Listener owner) {
            listener = owner;
        }

        private void expectView() {
            if (viewDueNanos == Long.MAX_VALUE) {
                viewDueNanos = clock.nanos() + viewDelay.getAsLong() * 1_000_000L;
            }
        }

        private boolean reaches(SimulatedLink other) {
            return other.up && segment == other.segment;
        }

        private boolean deliver() {
            boolean any = false;
            if (viewDueNanos <= clock.nanos()) {
                viewDueNanos = Long.MAX_VALUE;
                install(links.stream().filter(this::reaches).map(Link::self).toList());
                any = true;
            }
            for (Way way : List.copyOf(ways)) {
                any |= deliver(way);
            }
            return any;
        }

        private void install(List<MemberId> members) {
            boolean differs = !members.equals(view);
            view = members;
            views++;
            ways.removeIf(way -> !members.contains(way.sender.self) && !way.sender.isNewTo(this));
            if (listener != null) {
                listener.onView(members);
            }
            if (differs) {
                for (MemberId member : members) {
                    SimulatedLink other = of(member);
                    if (other != null && other != this) {
                        other.expectView();
                    }
                }
            }
        }

        /** Whether a view with this node is still on its way to {@code other}. */
        private boolean isNewTo(SimulatedLink other) {
            return up && reaches(other) && view.contains(other.self);
        }

        private boolean deliver(Way way) {
            boolean any = false;
            if (!view.contains(way.sender.self) || (way.sender.up && !reaches(way.sender))) {
                return false;
            }
            while (!way.datagrams.isEmpty() && way.datagrams.getFirst().dueNanos <= clock.nanos()) {
                byte[] payload = way.datagrams.removeFirst().payload;
                if (listener != null) {
                    listener.onMessage(way.sender.self, payload, 0, payload.length);
                }
                any = true;
            }
            return any;
        }

        @Override
        public MemberId self() {
            return self;
        }

        @Override
        public int maxPayload() {
            return 1300;
        }

        @Override
        public void broadcast(byte[] payload, int offset, int length) {
            if (length > maxPayload()) {
                throw new IllegalArgumentException("a broadcast of " + length + " bytes");
            }
            if (refuses) {
                throw new LinkException("the network refuses", new java.io.IOException("ENOBUFS"));
            }
            byte[] copy = Arrays.copyOfRange(payload, offset, offset + length);
            bytes += length;
            onSent.accept(copy);
            for (SimulatedLink other : links) {
                if (other != this && view.contains(other.self)) {
                    other.sent(this, copy);
                }
            }
        }

        private void sent(SimulatedLink sender, byte[] payload) {
            Way way = ways.stream()
                    .filter(known -> known.sender == sender)
                    .findFirst()
                    .orElseGet(() -> {
                        Way fresh = new Way(sender);
                        ways.add(fresh);
                        return fresh;
                    });
            way.lastDueNanos = Math.max(way.lastDueNanos, clock.nanos() + frameDelay.getAsLong() * 1_000_000L);
            way.datagrams.add(new Datagram(way.lastDueNanos, payload));
        }

        @Override
        public void close() {}
    }
}
