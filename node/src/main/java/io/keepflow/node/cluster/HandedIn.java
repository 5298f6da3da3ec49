package io.keepflow.node.cluster;

import io.keepflow.node.table.FlowTable;
import io.keepflow.node.table.Salt;
import io.keepflow.protocol.v1.BucketTags;

/** What one peer says that it holds of this node's flows, in the buckets where its books differ from this node's. */
final class HandedIn {
    final Peer peer;
    final int round;
    final TaggedBuckets tags;
    private final Salt salt;
    private boolean complete;

    HandedIn(Peer peer, int round, int bits) {
        this.peer = peer;
        this.round = round;
        tags = new TaggedBuckets(bits);
        salt = new Salt(peer.owner.boot(), round);
    }

    /** Takes in a part; false if it cannot be what an honest peer sends. */
    boolean add(BucketTags part, boolean last, int maxTags) {
        if (!tags.add(part, maxTags)) {
            return false;
        }
        if (last) {
            tags.sort();
            complete = true;
        }
        return true;
    }

    boolean isComplete() {
        return complete;
    }

    /** Whether the peer still waits for the answer to this. */
    boolean isAwaited() {
        return peer.handedIn == this && peer.takesPart() && !peer.holdsAll;
    }

    /** Whether the peer does not have this published flow as it is now. */
    boolean lacks(FlowTable table, int slot) {
        int bucket = table.bucket(slot, tags.bits());
        return tags.has(bucket) && !tags.match(bucket, table.tag(slot, salt));
    }
}
