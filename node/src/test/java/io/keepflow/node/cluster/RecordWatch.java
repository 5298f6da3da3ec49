package io.keepflow.node.cluster;

import io.keepflow.node.cluster.SimulatedCluster.Node;
import io.keepflow.node.table.Owner;
import io.keepflow.node.table.Owners;
import io.keepflow.protocol.Flow;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the records of all tables: a version falls only when its owner is dead to the node, or does not stand for it any more, or
 * after an end with a higher version.
 */
final class RecordWatch {
    private static final int TICKS_PER_LOOK = 5;
    private static final int MANY = 200;

    /** {@code isSure}: the owner was there, so that nobody else is believed. It is there again only after it has introduced itself. */
    private record Known(Owner owner, boolean isSure, long version, long identity) {}

    private final SimulatedCluster cluster;
    private final PublicationWatch publications;
    private final Map<Node, List<@Nullable Known>> known = new HashMap<>();
    private final Flow flow = new Flow();
    private long viewsSeen;
    private int ticks;

    RecordWatch(SimulatedCluster cluster, PublicationWatch publications) {
        this.cluster = cluster;
        this.publications = publications;
    }

    /** Called after each tick. */
    void look() {
        boolean many = cluster.nodes.values().stream().anyMatch(node -> node.table.slots() > MANY);
        if (++ticks % (many ? 20 * TICKS_PER_LOOK : TICKS_PER_LOOK) != 0) {
            return;
        }
        if (cluster.network.views != viewsSeen) {
            // An owner may have been dead and back meanwhile.
            viewsSeen = cluster.network.views;
            known.clear();
        }
        known.keySet().removeIf(node -> cluster.nodes.get(node.name) != node);
        cluster.nodes.values().forEach(this::look);
    }

    private void look(Node node) {
        List<@Nullable Known> before = known.getOrDefault(node, List.of());
        List<@Nullable Known> now = new ArrayList<>();
        for (int slot = 0; slot < node.table.slots(); slot++) {
            Known is = record(node, slot);
            Known was = slot < before.size() ? before.get(slot) : null;
            if (is != null && was != null && was.identity == is.identity) {
                check(node, slot, was, is);
            }
            now.add(is);
        }
        known.put(node, now);
    }

    private @Nullable Known record(Node node, int slot) {
        if (!node.table.isLive(slot) || node.table.ownerIndex(slot) == Owners.NOBODY) {
            return null;
        }
        node.table.load(slot, flow);
        Owner owner = node.table.ownerOf(slot);
        return new Known(owner, owner.isAlive(), node.table.version(slot), FlowTexts.identityHash(flow));
    }

    private void check(Node node, int slot, Known was, Known is) {
        if (is.version > 0 && is.version < was.version && was.isSure && was.owner.isAlive() && standsFor(was)) {
            node.table.load(slot, flow);
            if (publications.hasEndedAbove(flow, was.version)) {
                return;
            }
            throw new AssertionError("versions: at %s the version of %s fell from %d of %s to %d of %s"
                    .formatted(
                            node.name,
                            FlowTexts.identity(flow),
                            was.version,
                            was.owner.name(),
                            is.version,
                            is.owner.name()));
        }
    }

    /** Of this very state: a higher version may be of another life, that began after an end. */
    private boolean standsFor(Known record) {
        Node owner = cluster.nodes.get(record.owner.name());
        if (owner == null || owner.table.owners().self().boot() != record.owner.boot()) {
            return false;
        }
        for (int slot = 0; slot < owner.table.slots(); slot++) {
            if (owner.table.isPublished(slot)) {
                owner.table.load(slot, flow);
                if (FlowTexts.identityHash(flow) == record.identity) {
                    return owner.table.version(slot) == record.version;
                }
            }
        }
        return false;
    }
}
