package io.keepflow.node.cluster;

import io.keepflow.node.table.FlowTable;
import io.keepflow.node.table.Owner;
import io.keepflow.protocol.v1.BucketTags;

/**
 * The receiver's side of one differential: the comparison, then what this node holds in the buckets that differ, then what the
 * owner does not know of it.
 */
final class Repair {
    private static final int SLOTS_PER_TURN = 8192;

    final Comparison comparison;
    private TaggedBuckets held;
    private TagWriter writer;
    private TaggedBuckets unknown;
    private int cursor;
    private boolean told;

    Repair(Comparison comparison) {
        this.comparison = comparison;
        held = unknown = new TaggedBuckets(1);
        writer = new TagWriter(held, false);
    }

    int round() {
        return comparison.round;
    }

    /** The comparison is through: what this node holds in these buckets is to be told. */
    void hold(TaggedBuckets differing) {
        held = differing;
        unknown = new TaggedBuckets(differing.bits());
    }

    int bits() {
        return held.bits();
    }

    int heldTags() {
        return held.size();
    }

    int heldBuckets() {
        return held.buckets();
    }

    /** Looks at the next part of the table; true when all of it was looked at. */
    boolean gather(FlowTable table, Owner owner) {
        if (cursor >= table.slots()) {
            return true;
        }
        int end = Math.min(table.slots(), cursor + SLOTS_PER_TURN);
        for (; cursor < end; cursor++) {
            if (table.isPublishedBy(cursor, owner)) {
                int bucket = table.bucket(cursor, bits());
                if (held.has(bucket)) {
                    held.add(bucket, table.tag(cursor, comparison.salt));
                }
            }
        }
        if (cursor < table.slots()) {
            return false;
        }
        held.sort();
        writer = new TagWriter(held, false);
        return true;
    }

    /** The next part of what is held. */
    BucketTags tell(int maxBytes) {
        BucketTags part = writer.next(maxBytes);
        told = writer.isDone();
        return part;
    }

    boolean isTold() {
        return told;
    }

    /** Takes in what the owner does not know; false if it cannot be right. */
    boolean addUnknown(BucketTags part) {
        return unknown.add(part, held.size());
    }

    /** All was said. */
    void endUnknown() {
        unknown.sort();
    }

    /** Whether the owner does not know this flow of its own, as it is here. */
    boolean isUnknown(FlowTable table, int slot) {
        int bucket = table.bucket(slot, bits());
        return unknown.has(bucket) && unknown.match(bucket, table.tag(slot, comparison.salt));
    }
}
