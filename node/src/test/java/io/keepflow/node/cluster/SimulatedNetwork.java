package io.keepflow.node.cluster;

import io.keepflow.crypto.SimulatedSeals;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The sync links of a simulated cluster, cut and healed at will, in both directions or in one. Who reach each other form a group
 * and, each in its own time, install a view of it.
 */
final class SimulatedNetwork {
    final SimulatedClock clock;
    final SimulatedWire wire;
    private final SimulatedSeal.Nonces nonces;
    private final List<SimulatedLink> links = new ArrayList<>();
    private final Set<String> cuts = new HashSet<>();

    /** Views that were installed so far, anywhere. */
    long views;

    int maxPayload = 1300;

    /** Datagrams that the next run seals before its key changes to another segment's; 0 for a whole segment. */
    LongSupplier toNextSegment = () -> 0;

    /** Milliseconds that the next datagram takes, and the next view. */
    LongSupplier frameDelay = () -> 0;

    LongSupplier viewDelay = () -> 0;

    /** Whether the next broadcast is lost to its receiver for good. */
    BooleanSupplier gap = () -> false;

    SimulatedNetwork(SimulatedClock clock, Random random) {
        this.clock = clock;
        wire = new SimulatedWire(clock, random, this::arrived);
        wire.delayMillis = () -> frameDelay.getAsLong();
        nonces = new SimulatedSeal.Nonces(new SimulatedSeals(random));
    }

    SimulatedLink join(String name, UUID id) {
        SimulatedLink link = new SimulatedLink(this, name, id, nonces, toNextSegment.getAsLong());
        links.add(link);
        return link;
    }

    /** Something was cut, healed, started or stopped: everybody hears of it in time. */
    void change() {
        links.forEach(SimulatedLink::expectView);
        deliver();
    }

    /** From now on nothing that one sends reaches the other. */
    void cut(String from, String to) {
        cuts.add(from + ">" + to);
        change();
    }

    boolean isWhole() {
        return cuts.isEmpty();
    }

    /** All cuts of one direction are undone. */
    void mend() {
        cuts.clear();
        change();
    }

    /** Hands out what is due; true if there was anything. */
    boolean deliver() {
        boolean any = wire.deliver();
        for (SimulatedLink link : List.copyOf(links)) {
            any |= link.up && link.deliver();
        }
        links.removeIf(link ->
                !link.up && links.stream().noneMatch(other -> other.view().contains(link.self())));
        return any;
    }

    void tick() {
        links.stream().filter(link -> link.up).forEach(SimulatedLink::tick);
    }

    private void arrived(String destination, SimulatedWire.Datagram datagram) {
        for (SimulatedLink link : List.copyOf(links)) {
            if (link.up && link.name.equals(destination) && isOpen(datagram.source(), link)) {
                link.onDatagram(datagram);
            }
        }
    }

    /** Whether a datagram gets from a machine to a link now. */
    private boolean isOpen(String source, SimulatedLink to) {
        return !cuts.contains(source + ">" + to.name)
                && links.stream().anyMatch(from -> from.name.equals(source) && from.segment == to.segment);
    }

    List<SimulatedLink> links() {
        return links;
    }

    @Nullable
    SimulatedLink of(MemberId id) {
        for (SimulatedLink link : links) {
            if (link.self().equals(id)) {
                return link;
            }
        }
        return null;
    }

    void expectViews(List<MemberId> members, SimulatedLink besides) {
        for (MemberId member : members) {
            SimulatedLink other = of(member);
            if (other != null && other != besides) {
                other.expectView();
            }
        }
    }

    /** The group that the link belongs to: each coordinator in turn gathers all whom everybody in its group hears. */
    List<MemberId> group(SimulatedLink link) {
        List<SimulatedLink> left = new ArrayList<>(links);
        left.removeIf(other -> !other.up || (other.isAsleep && other != link));
        while (!left.isEmpty()) {
            List<SimulatedLink> group = new ArrayList<>();
            for (SimulatedLink other : left) {
                if (group.stream().allMatch(member -> hearEachOther(member, other))) {
                    group.add(other);
                }
            }
            if (group.contains(link)) {
                return group.stream().map(Link::self).toList();
            }
            left.removeAll(group);
        }
        return List.of(link.self());
    }

    private boolean hearEachOther(SimulatedLink one, SimulatedLink other) {
        return one.segment == other.segment
                && !cuts.contains(one.name + ">" + other.name)
                && !cuts.contains(other.name + ">" + one.name);
    }
}
