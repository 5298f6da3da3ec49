package io.keepflow.node.table;

import io.keepflow.protocol.Expectation;
import io.keepflow.protocol.Expectation.Endpoints;
import io.keepflow.protocol.Expectation.Identity;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The expectations that this node knows, its own and its peers', with what waits to be published and to be injected. They are
 * few and short-lived, so they are plain objects, in the order in which they came.
 */
public final class ExpectationTable {
    /** How many expectations an owner has published and not taken back, and their digest. */
    public record Account(int expectations, long digest) {}

    private final int max;
    private final Owners owners;
    private final Map<Identity, ExpectationRecord> records = new LinkedHashMap<>();
    private final Set<ExpectationRecord> toPublish = new LinkedHashSet<>();
    private final Set<ExpectationRecord> toInject = new LinkedHashSet<>();
    private int auditTag;

    /** An empty table for at most {@code max} expectations. */
    public ExpectationTable(int max, Owners owners) {
        this.max = max;
        this.owners = owners;
    }

    public Owners owners() {
        return owners;
    }

    /** The record of this identity, gone ones included. */
    public @Nullable ExpectationRecord find(Identity identity) {
        return records.get(identity);
    }

    /** A record of an expectation that was not in the table, owned by nobody; null if the table is full. */
    public @Nullable ExpectationRecord add(Expectation expectation, long expiresNanos) {
        if (records.size() >= max) {
            return null;
        }
        ExpectationRecord record = new ExpectationRecord(expectation, owners.nobody(), expiresNanos);
        records.put(expectation.identity(), record);
        return record;
    }

    /** Removes a record, from everything that waits too. */
    public void remove(ExpectationRecord record) {
        records.remove(record.expectation().identity(), record);
        toPublish.remove(record);
        toInject.remove(record);
    }

    /** Removes a gone record that no sink waits for any more. */
    public void release(ExpectationRecord record) {
        if (record.isGone() && !toPublish.contains(record) && !toInject.contains(record)) {
            records.remove(record.expectation().identity(), record);
        }
    }

    /** What waits to be published, in the order in which it became dirty. */
    public Set<ExpectationRecord> toPublish() {
        return toPublish;
    }

    public Set<ExpectationRecord> toInject() {
        return toInject;
    }

    /** All of them, gone ones included; a copy, so that they may be removed meanwhile. */
    public List<ExpectationRecord> all() {
        return new ArrayList<>(records.values());
    }

    public int size() {
        return records.size();
    }

    public int max() {
        return max;
    }

    /** How many of its peers' the kernel does not have. */
    public int unplaced() {
        int unplaced = 0;
        for (ExpectationRecord record : records.values()) {
            boolean isPeers = record.owner().index() > Owners.SELF;
            if (isPeers && !record.isGone() && !record.isInKernel() && record.attempts() > 0) {
                unplaced++;
            }
        }
        return unplaced;
    }

    /** Starts an audit: from now on {@link #seen} tells those that the kernel has. */
    public void beginAudit() {
        auditTag++;
    }

    /** The kernel has the expectation, as this. */
    public void seen(ExpectationRecord record, Expectation inKernel) {
        record.inKernel(inKernel);
        record.auditTag(auditTag);
    }

    /** Whether the record was believed to be in the kernel but has not been seen since the audit began. */
    public boolean isMissed(ExpectationRecord record) {
        return record.isInKernel() && record.auditTag() != auditTag;
    }

    /** What {@code owner} has published, as far as this node knows. */
    public Account account(Owner owner) {
        int count = 0;
        long digest = 0;
        for (ExpectationRecord record : records.values()) {
            if (record.owner() == owner && record.isPublished()) {
                count++;
                digest += Hash.mix(digest(record.expectation().identity()) ^ Hash.mix(record.version()));
            }
        }
        return new Account(count, digest);
    }

    /** Equal on all nodes, as a record's {@code hashCode} need not be. */
    private static long digest(Identity identity) {
        Endpoints t = identity.tuple();
        long h = Hash.mix(t.srcHigh());
        h = Hash.mix(h ^ t.srcLow());
        h = Hash.mix(h ^ t.dstHigh());
        h = Hash.mix(h ^ t.dstLow());
        h = Hash.mix(h ^ ((long) t.l4Src() << 48 | (long) t.l4Dst() << 32 | (long) identity.zone() << 16));
        h = Hash.mix(h ^ identity.mask().high());
        h = Hash.mix(h ^ identity.mask().low());
        return Hash.mix(h ^ ((long) identity.mask().l4() << 16 | (long) identity.family() << 8 | identity.protocol()));
    }
}
