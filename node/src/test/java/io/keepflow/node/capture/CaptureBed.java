package io.keepflow.node.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.node.filter.Exclusions;
import io.keepflow.node.filter.Selection;
import io.keepflow.node.netlink.EventType;
import io.keepflow.node.netlink.LabelMask;
import io.keepflow.node.table.DirtySet;
import io.keepflow.node.table.FlowTable;
import io.keepflow.node.table.Owner;
import io.keepflow.node.table.Owners;
import io.keepflow.node.time.ManualClock;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.testkit.FlowSamples;
import java.util.ArrayList;
import java.util.List;

/** Capture over a table in which a connected peer and a dead one own flows. */
final class CaptureBed implements Capture.Sinks {
    static final int TRAFFIC = 0;
    static final int FOREIGN = 77;
    static final long VERSION = 5;

    final Owners owners = new Owners("fw1", 11);
    final Owner alive = owners.add("alive", 22);
    final Owner dead = owners.add("dead", 33);
    final FlowTable table;
    final LocalTraffic local = new LocalTraffic();
    final CaptureCounts counts = new CaptureCounts();
    final ManualClock clock = new ManualClock();
    final Capture capture;
    final List<String> sunk = new ArrayList<>();
    private final Flow read = new Flow();
    boolean hasStoodDown;
    Runnable whenOverrun = () -> {};

    CaptureBed(int maxFlows) {
        dead.alive(false);
        table = new FlowTable(maxFlows, owners, 42);
        capture = new Capture(
                table,
                local,
                Selection.EVERYTHING,
                new Exclusions(Selection.EVERYTHING),
                LabelMask.NONE,
                clock,
                counts,
                () -> hasStoodDown,
                this);
    }

    /** Puts a flow into the table as {@code owner}'s, in the kernel, with nothing to do. */
    int put(Flow flow, Owner owner) {
        int slot = table.add(flow);
        assertThat(slot).isNotNegative();
        table.assign(slot, owner, owner == owners.nobody() ? 0 : VERSION);
        table.seen(slot);
        return slot;
    }

    void event(EventType type, Flow flow, int portId) {
        capture.onFlow(type, flow, portId);
    }

    Flow read(int slot) {
        table.load(slot, read);
        return read;
    }

    String text(int slot) {
        return FlowSamples.text(read(slot));
    }

    /** Owner, version, control bits and places in the dirty sets: {@code self 5 IN_KERNEL publish urgent}; or {@code none}. */
    String state(Flow flow) {
        int slot = table.find(flow);
        if (slot < 0) {
            return "none";
        }
        return table.ownerOf(slot).name().replace("fw1", "self")
                + " " + table.version(slot)
                + (table.is(slot, FlowTable.IN_KERNEL) ? " IN_KERNEL" : "")
                + (table.is(slot, FlowTable.GONE) ? " GONE" : "")
                + place(" publish", table.toPublish(), slot)
                + place(" inject", table.toInject(), slot);
    }

    private static String place(String set, DirtySet dirty, int slot) {
        if (!dirty.contains(slot)) {
            return "";
        }
        return set + (dirty.hasUrgent() ? " urgent" : " lazy");
    }

    @Override
    public void onDrained() {
        sunk.add("drained");
    }

    @Override
    public void onOverrun() {
        sunk.add("overrun");
        whenOverrun.run();
    }

    @Override
    public void onFailed(Exception cause) {
        sunk.add("failed " + cause.getMessage());
    }
}
