package io.keepflow.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.protocol.testkit.Seed;
import io.keepflow.protocol.v1.BucketTags;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Tags survive the way through messages of any size; what no honest peer sends is refused as a whole. */
final class TaggedBucketsTest {
    private static final int BITS = 10;

    @Test
    void whatIsWrittenIsReadInMessagesOfAnySize() {
        Random random = Seed.random();
        for (int round = 0; round < 300; round++) {
            TaggedBuckets from = random(random);
            int maxBytes = 16 + random.nextInt(1400);
            TaggedBuckets into = new TaggedBuckets(BITS);
            TagWriter writer = new TagWriter(from, false);
            while (!writer.isDone()) {
                BucketTags message = writer.next(maxBytes);
                assertThat(message.getSerializedSize()).isLessThanOrEqualTo(maxBytes + 16);
                assertThat(into.add(message, Integer.MAX_VALUE)).isTrue();
            }
            into.sort();
            assertThat(contents(into)).isEqualTo(contents(from));
        }
    }

    @Test
    void onlyWhatNothingMatchedIsWrittenBack() {
        Random random = Seed.random();
        for (int round = 0; round < 300; round++) {
            TaggedBuckets from = random(random);
            TreeMap<Integer, TreeSet<Integer>> expected = new TreeMap<>();
            for (int i = 0; i < from.size(); i++) {
                if (random.nextBoolean()) {
                    assertThat(from.match(from.bucketAt(i), from.tagAt(i))).isTrue();
                }
            }
            for (int i = 0; i < from.size(); i++) {
                if (!from.isMatched(i)) {
                    expected.computeIfAbsent(from.bucketAt(i), bucket -> new TreeSet<>())
                            .add(from.tagAt(i));
                }
            }
            TaggedBuckets into = new TaggedBuckets(BITS);
            TagWriter writer = new TagWriter(from, true);
            while (!writer.isDone()) {
                assertThat(into.add(writer.next(200), from.size())).isTrue();
            }
            into.sort();
            assertThat(contents(into)).isEqualTo(expected);
        }
    }

    @Test
    void aTagIsKnownInItsBucketOnly() {
        TaggedBuckets tags = new TaggedBuckets(BITS);
        tags.add(3);
        tags.add(5);
        tags.add(3, -7);
        tags.add(3, -7);
        tags.add(5, 7);
        tags.sort();
        assertThat(tags.match(5, -7)).isFalse();
        assertThat(tags.match(3, -7)).isTrue();
        assertThat(tags.isMatched(0) && tags.isMatched(1)).isTrue();
        assertThat(tags.isMatched(2)).isFalse();
        assertThat(tags.has(4)).isFalse();
    }

    @Test
    void whatNoHonestPeerSendsIsRefused() {
        BucketTags good = BucketTags.newBuilder()
                .addGaps(1023)
                .addCounts(2)
                .addTags(1)
                .addTags(2)
                .build();
        assertThat(new TaggedBuckets(BITS).add(good, 2)).isTrue();
        assertRefused(good, 1);
        assertRefused(good.toBuilder().addGaps(1).addCounts(0).build(), 9);
        assertRefused(good.toBuilder().addGaps(0).build(), 9);
        assertRefused(good.toBuilder().addTags(3).build(), 9);
        assertRefused(good.toBuilder().setCounts(0, 3).build(), 9);
        assertRefused(good.toBuilder().setCounts(0, -1).build(), 9);
        assertRefused(good.toBuilder().setGaps(0, -1).build(), 9);
        assertRefused(good.toBuilder().addGaps(-1023).addCounts(0).build(), 9);
    }

    private static void assertRefused(BucketTags message, int maxTags) {
        TaggedBuckets tags = new TaggedBuckets(BITS);
        assertThat(tags.add(message, maxTags)).isFalse();
        assertThat(tags.size() + tags.buckets()).isZero();
    }

    private static TaggedBuckets random(Random random) {
        TaggedBuckets tags = new TaggedBuckets(BITS);
        int buckets = 1 + random.nextInt(200);
        for (int i = 0; i < buckets; i++) {
            int bucket = random.nextInt(1 << BITS);
            tags.add(bucket);
            int count = random.nextInt(20) == 0 ? random.nextInt(900) : random.nextInt(4);
            for (int n = 0; n < count; n++) {
                tags.add(bucket, random.nextInt());
            }
        }
        tags.sort();
        return tags;
    }

    private static TreeMap<Integer, TreeSet<Integer>> contents(TaggedBuckets tags) {
        TreeMap<Integer, TreeSet<Integer>> contents = new TreeMap<>();
        for (int bucket = tags.nextBucket(0); bucket >= 0; bucket = tags.nextBucket(bucket + 1)) {
            contents.put(bucket, new TreeSet<>());
        }
        for (int i = 0; i < tags.size(); i++) {
            contents.get(tags.bucketAt(i)).add(tags.tagAt(i));
        }
        return contents;
    }
}
