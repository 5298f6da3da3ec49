package io.keepflow.node.cluster;

import io.keepflow.node.cluster.Claims.Unowned;
import io.keepflow.node.table.ExpectationRecord;
import io.keepflow.node.table.ExpectationTable;
import io.keepflow.node.table.Owner;
import io.keepflow.node.table.Owners;

/** What becomes of the expectations of owners that are dead or have stood down, and of nobody's: what becomes of the flows. */
final class ExpectationClaims {
    private final ExpectationTable table;
    private final Peers peers;
    private boolean claiming;
    private Unowned unowned = Unowned.KEEP;

    ExpectationClaims(ExpectationTable table, Peers peers) {
        this.table = table;
        this.peers = peers;
    }

    /** The rules from now on. */
    void rule(boolean claimTakenOver, Unowned rule) {
        claiming = claimTakenOver;
        unowned = rule;
    }

    /** This node was away, or stood down: its peers know better. */
    void relinquish() {
        for (ExpectationRecord record : table.all()) {
            if (record.isOwn() && !record.isGone()) {
                record.claim(table.owners().nobody());
                table.toPublish().remove(record);
            }
        }
    }

    /** Looks at all of them. */
    void step() {
        if (table.size() == 0 || (!claiming && unowned == Unowned.KEEP)) {
            return;
        }
        for (ExpectationRecord record : table.all()) {
            if (!record.isGone()) {
                look(record);
            }
        }
    }

    private void look(ExpectationRecord record) {
        Owner owner = record.owner();
        if (isForTheTaking(owner) && record.isInKernel()) {
            record.claim(table.owners().self());
            record.attempts(0, 0);
            table.toInject().remove(record);
            table.toPublish().add(record);
        } else if (isLeftOver(owner)) {
            record.gone(true);
            table.toInject().add(record);
        }
    }

    private boolean isForTheTaking(Owner owner) {
        if (owner.index() == Owners.NOBODY) {
            return unowned == Unowned.CLAIM;
        }
        if (owner.index() == Owners.SELF || !claiming) {
            return false;
        }
        Peer peer = peers.byBoot(owner.boot());
        return !owner.isAlive() || peer == null || peer.hasStoodDown();
    }

    private boolean isLeftOver(Owner owner) {
        return switch (unowned) {
            case DROP -> owner.index() == Owners.NOBODY;
            case DROP_ABANDONED -> !owner.isAlive();
            default -> false;
        };
    }
}
