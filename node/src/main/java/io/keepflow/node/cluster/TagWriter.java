package io.keepflow.node.cluster;

import io.keepflow.protocol.v1.BucketTags;

/** Writes sorted {@link TaggedBuckets} into messages of a datagram each: all of them, or the tags that nothing matched. */
final class TagWriter {
    /** More than a bucket's number and count take. */
    private static final int BUCKET_BYTES = 6;

    private static final int TAG_BYTES = 4;

    private final TaggedBuckets from;
    private final boolean unmatchedOnly;
    private int bucket;
    private int index;
    private int previous;
    private int room;

    TagWriter(TaggedBuckets from, boolean unmatchedOnly) {
        this.from = from;
        this.unmatchedOnly = unmatchedOnly;
        bucket = from.nextBucket(0);
    }

    boolean isDone() {
        return bucket < 0;
    }

    /** The next message, of at most {@code maxBytes}; it may be empty when there is nothing left. */
    BucketTags next(int maxBytes) {
        BucketTags.Builder into = BucketTags.newBuilder();
        room = maxBytes;
        previous = 0;
        while (bucket >= 0 && room >= BUCKET_BYTES + TAG_BYTES) {
            writeBucket(into);
            if (isInBucket()) {
                break;
            }
            bucket = from.nextBucket(bucket + 1);
        }
        return into.build();
    }

    private void writeBucket(BucketTags.Builder into) {
        room -= BUCKET_BYTES;
        int count = 0;
        for (; isInBucket() && room >= TAG_BYTES; index++) {
            if (!unmatchedOnly || !from.isMatched(index)) {
                into.addTags(from.tagAt(index));
                room -= TAG_BYTES;
                count++;
            }
        }
        if (count > 0 || !unmatchedOnly) {
            into.addGaps(bucket - previous).addCounts(count);
            previous = bucket;
        } else {
            room += BUCKET_BYTES;
        }
    }

    private boolean isInBucket() {
        return index < from.size() && from.bucketAt(index) == bucket;
    }
}
