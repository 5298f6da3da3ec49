package io.keepflow.node.cluster;

import io.keepflow.node.table.Owner;
import io.keepflow.node.table.Salt;
import io.keepflow.protocol.v1.DigestRequest;
import io.keepflow.protocol.v1.Digests;
import java.util.Arrays;

/**
 * One attempt of a receiver to find where its books of an owner differ from the owner's own: it descends from large buckets of
 * the key space to small ones, always under those that differ. One request is under way at a time.
 */
final class Comparison {
    private static final int ROOT_BITS = 6;
    private static final int STEP_BITS = 5;
    private static final int FLOWS_PER_BUCKET = 16;

    /** What one answer covers: some 4,096 digests, a dozen datagrams. */
    private static final int PARENTS_PER_REQUEST = 1 << (12 - STEP_BITS);

    final int round;
    final Salt salt;

    private int fineBits = ROOT_BITS;
    private int parentBits;
    private int bits = ROOT_BITS;

    /** The buckets under which digests are compared, those of them that were asked about, and those that were answered. */
    private int[] parents = {0};

    private int parentCount = 1;
    private int asked;
    private int answered;

    private int[] differing = new int[16];
    private int differingCount;

    Comparison(long boot, int round) {
        this.round = round;
        salt = new Salt(boot, round);
    }

    /** Asks about what comes next, if all that was asked has been answered and there is more. */
    DigestRequest request() {
        DigestRequest.Builder request =
                DigestRequest.newBuilder().setParentBits(parentBits).setBits(bits);
        int end = Math.min(parentCount, asked + PARENTS_PER_REQUEST);
        for (; asked < end; asked++) {
            request.addParents(parents[asked]);
        }
        return request.build();
    }

    /** Compares an answer with the books as they are; false if it is not the next part of what was asked. */
    boolean take(Digests digests, Owner owner) {
        int children = 1 << (bits - parentBits);
        if (!isNext(digests, children)) {
            return false;
        }
        int i = 0;
        for (int parent : digests.getParentsList()) {
            for (int bucket = parent * children; bucket < (parent + 1) * children; bucket++) {
                if (owner.digest(bits, bucket, salt) != digests.getDigests(i++)) {
                    addDiffering(bucket);
                }
            }
        }
        answered += digests.getParentsCount();
        return true;
    }

    private boolean isNext(Digests digests, int children) {
        int count = digests.getParentsCount();
        if (digests.getBits() != bits
                || digests.getParentBits() != parentBits
                || count > asked - answered
                || digests.getDigestsCount() != count * children) {
            return false;
        }
        for (int i = 0; i < count; i++) {
            if (digests.getParents(i) != parents[answered + i]) {
                return false;
            }
        }
        return true;
    }

    private void addDiffering(int bucket) {
        if (differingCount == differing.length) {
            differing = Arrays.copyOf(differing, differingCount * 2);
        }
        differing[differingCount++] = bucket;
    }

    boolean isAnswered() {
        return answered == asked;
    }

    /** Whether the answers so far are only those about the largest buckets. */
    boolean isAtRoot() {
        return parentBits == 0;
    }

    /** Buckets are made so small that each has some flows, of so many. */
    void fitTo(long flows) {
        long buckets = Math.max(1, flows / FLOWS_PER_BUCKET);
        int fitting = Long.SIZE - Long.numberOfLeadingZeros(buckets - 1);
        fineBits = Math.clamp(fitting, ROOT_BITS, TaggedBuckets.MAX_BITS);
    }

    /** When all was answered: goes down to smaller buckets where these differ; false if there is nothing to ask any more. */
    boolean descend() {
        if (answered < parentCount) {
            return true;
        }
        if (bits == fineBits || differingCount == 0) {
            return false;
        }
        parents = differing;
        parentCount = differingCount;
        parentBits = bits;
        bits = Math.min(fineBits, bits + STEP_BITS);
        differing = new int[16];
        asked = answered = differingCount = 0;
        return true;
    }

    /** The smallest buckets that differ, without tags. */
    TaggedBuckets differing() {
        TaggedBuckets buckets = new TaggedBuckets(bits);
        for (int i = 0; i < differingCount; i++) {
            buckets.add(differing[i]);
        }
        return buckets;
    }
}
