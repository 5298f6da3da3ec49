package io.keepflow.node;

import io.keepflow.node.netlink.ConntrackEvents;
import io.keepflow.protocol.v1.NodeRole;
import java.util.function.Consumer;

/**
 * The way of a new role to the node: behind all that the kernel had told when the role came. A flow that somebody had deleted on a
 * standby is then put back; it is not claimed, and then ended everywhere. Turns of reading alternate with the node's other work.
 */
final class RoleChanges {
    private final Pump pump;
    private final ConntrackEvents events;
    private final Consumer<NodeRole> node;
    private NodeRole latest = NodeRole.NODE_ROLE_UNKNOWN;
    private boolean waits;

    /** {@code node} is told on the pump's thread. */
    RoleChanges(Pump pump, ConntrackEvents events, Consumer<NodeRole> node) {
        this.pump = pump;
        this.events = events;
        this.node = node;
    }

    /** From any thread. One that comes while another waits replaces it. */
    void change(NodeRole role) {
        pump.execute(() -> {
            latest = role;
            if (!waits) {
                waits = true;
                readOn(events.turnsOfFullBuffer());
            }
        });
    }

    private void readOn(int turns) {
        boolean mayBeMore = turns > 0 && !events.read();
        if (mayBeMore) {
            pump.later(() -> readOn(turns - 1));
        } else {
            waits = false;
            node.accept(latest);
        }
    }
}
