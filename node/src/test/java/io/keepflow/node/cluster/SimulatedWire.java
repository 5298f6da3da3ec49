package io.keepflow.node.cluster;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What carries sealed datagrams from one machine to another: late, and so out of order, lost, doubled, broken, or recorded and
 * sent again much later, as the weather has it.
 */
final class SimulatedWire {
    private static final int RECORDINGS = 64;

    /** What becomes of one datagram. */
    enum Fate {
        ARRIVES,
        LOST,
        DOUBLED,
        /** A byte of it is changed on the way. */
        BROKEN,
        /** Arrives, and after it one that somebody recorded, of any run, sent to any node. */
        REPLAYED
    }

    /** A datagram; {@code isIntact} unless a byte was changed after it had been sealed. */
    record Datagram(String source, byte[] bytes, boolean isIntact) {}

    private record Arrival(long dueNanos, long number, String destination, Datagram datagram) {}

    /** Whom a datagram arrives at. */
    interface Machines {
        void onDatagram(String destination, Datagram datagram);
    }

    private final SimulatedClock clock;
    private final Random random;
    private final Machines machines;
    private final PriorityQueue<Arrival> underWay =
            new PriorityQueue<>(Comparator.comparingLong(Arrival::dueNanos).thenComparingLong(Arrival::number));
    private final List<Datagram> recorded = new ArrayList<>();
    private long sent;
    LongSupplier delayMillis = () -> 0;
    Supplier<Fate> fate = () -> Fate.ARRIVES;

    SimulatedWire(SimulatedClock clock, Random random, Machines machines) {
        this.clock = clock;
        this.random = random;
        this.machines = machines;
    }

    void send(String source, String destination, byte[] bytes) {
        Datagram datagram = new Datagram(source, bytes, true);
        Fate now = fate.get();
        if (now == Fate.LOST) {
            return;
        }
        send(destination, now == Fate.BROKEN ? broken(datagram) : datagram);
        if (now == Fate.DOUBLED) {
            send(destination, datagram);
        } else if (now == Fate.REPLAYED) {
            Datagram old = recording(datagram);
            if (old != null) {
                send(destination, old);
            }
        }
    }

    private void send(String destination, Datagram datagram) {
        underWay.add(new Arrival(clock.nanos() + delayMillis.getAsLong() * 1_000_000L, sent++, destination, datagram));
    }

    private Datagram broken(Datagram datagram) {
        byte[] bytes = datagram.bytes.clone();
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        return new Datagram(datagram.source, bytes, false);
    }

    /** One of the recordings, which this datagram may replace. */
    private @Nullable Datagram recording(Datagram datagram) {
        if (recorded.size() < RECORDINGS) {
            recorded.add(datagram);
            return null;
        }
        return recorded.set(random.nextInt(RECORDINGS), datagram);
    }

    /** Hands out what is due; true if there was anything. */
    boolean deliver() {
        boolean any = false;
        for (Arrival next = underWay.peek(); next != null && next.dueNanos <= clock.nanos(); next = underWay.peek()) {
            underWay.remove();
            machines.onDatagram(next.destination, next.datagram);
            any = true;
        }
        return any;
    }
}
