package io.keepflow.node;

import io.keepflow.protocol.v1.NodeRole;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.IntSupplier;

/**
 * The way of a new role to the node: behind all that the kernel had told when the role came. A flow that somebody had deleted on a
 * standby is then put back; it is not claimed, and then ended everywhere. Turns of reading alternate with the node's other work.
 */
final class RoleChanges {
    private final Pump pump;
    private final BooleanSupplier events;
    private final IntSupplier maxTurns;
    private final Consumer<NodeRole> node;
    private NodeRole latest = NodeRole.NODE_ROLE_UNKNOWN;
    private boolean waits;

    /**
     * All that is given is called on the pump's thread.
     *
     * @param events reads events for one turn; true if that was all
     * @param maxTurns how many turns of that are enough, though events go on coming
     * @param node is told of the role
     */
    RoleChanges(Pump pump, BooleanSupplier events, IntSupplier maxTurns, Consumer<NodeRole> node) {
        this.pump = pump;
        this.events = events;
        this.maxTurns = maxTurns;
        this.node = node;
    }

    /** From any thread. One that comes while another waits replaces it. */
    void change(NodeRole role) {
        pump.execute(() -> {
            latest = role;
            if (!waits) {
                waits = true;
                readOn(maxTurns.getAsInt());
            }
        });
    }

    private void readOn(int turns) {
        boolean mayBeMore = turns > 0 && !events.getAsBoolean();
        if (mayBeMore) {
            pump.later(() -> readOn(turns - 1));
        } else {
            waits = false;
            node.accept(latest);
        }
    }
}
