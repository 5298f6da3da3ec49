package io.keepflow.it.faults;

import java.util.Locale;

/** What may happen to a pair of firewalls. */
enum Fault {
    /** The active loses its cables, its processes and its kernel's table, and comes back some seconds later. */
    POWER_CUT,
    /** The active loses both networks, so that the other takes over; its node goes on. */
    TAKEOVER,
    /** The standby loses all of its cables for some seconds. */
    STANDBY_OFF,
    KILL_ACTIVE_NODE,
    KILL_STANDBY_NODE,
    RESTART_ACTIVE_NODE,
    RESTART_STANDBY_NODE,
    /** The node stops (SIGSTOP) and goes on as if nothing had happened. */
    FREEZE_ACTIVE_NODE,
    FREEZE_STANDBY_NODE,
    /** The sync link alone is cut. */
    SYNC_CUT,
    /** The sync link loses a share of its packets, in both directions, until the phase ends. */
    SYNC_LOSS,
    /** {@code conntrack -F} on the standby. */
    FLUSH_STANDBY,
    /** Somebody deletes entries on the standby. */
    DELETE_ON_STANDBY,
    /** Entries end and others begin on the active, more than usual. */
    CHURN;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
