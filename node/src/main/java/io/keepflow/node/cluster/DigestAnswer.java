package io.keepflow.node.cluster;

import io.keepflow.node.table.Owner;
import io.keepflow.node.table.Salt;
import io.keepflow.protocol.v1.DigestRequest;
import io.keepflow.protocol.v1.Digests;
import org.jspecify.annotations.Nullable;

/** The answer to one request for digests, a datagram at a time, each as the books are when it is sent. */
final class DigestAnswer {
    private static final int MAX_STEP_BITS = 6;

    /** More than all but parents and digests take, and than one parent's number. */
    private static final int FIXED_BYTES = 96;

    private static final int PARENT_BYTES = 3;

    final int round;
    private final DigestRequest request;
    private final Salt salt;
    private final int children;
    private int cursor;

    private DigestAnswer(Peer peer, int round, DigestRequest request) {
        this.round = round;
        this.request = request;
        salt = new Salt(peer.owner.boot(), round);
        children = 1 << (request.getBits() - request.getParentBits());
    }

    /** The answer to {@code request}; null if no honest peer asks that. */
    static @Nullable DigestAnswer to(Peer peer, int round, DigestRequest request) {
        int parentBits = request.getParentBits();
        int bits = request.getBits();
        if (parentBits < 0
                || bits > TaggedBuckets.MAX_BITS
                || bits <= parentBits
                || bits - parentBits > MAX_STEP_BITS) {
            return null;
        }
        for (int parent : request.getParentsList()) {
            if (parent < 0 || parent >= 1 << parentBits) {
                return null;
            }
        }
        return new DigestAnswer(peer, round, request);
    }

    boolean isDone() {
        return cursor == request.getParentsCount();
    }

    Digests next(Owner self, int maxBytes) {
        Digests.Builder part = Digests.newBuilder()
                .setParentBits(request.getParentBits())
                .setBits(request.getBits())
                .setFlows(self.published())
                .setDigest(self.digest());
        int parents = Math.max(1, (maxBytes - FIXED_BYTES) / (4 * children + PARENT_BYTES));
        int end = Math.min(request.getParentsCount(), cursor + parents);
        for (; cursor < end; cursor++) {
            int parent = request.getParents(cursor);
            part.addParents(parent);
            for (int bucket = parent * children; bucket < (parent + 1) * children; bucket++) {
                part.addDigests(self.digest(request.getBits(), bucket, salt));
            }
        }
        return part.build();
    }
}
