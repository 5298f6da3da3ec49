package io.keepflow.node.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.protocol.testkit.Seed;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each slot at most once, urgent ones first, and a caller can tell when what was marked has come out. */
class DirtySetTest {
    private static final long ALL = Long.MAX_VALUE;

    private final DirtySet dirty = new DirtySet();

    @Test
    void aSlotComesOutOnceHoweverOftenItIsMarked() {
        for (int i = 0; i < 10; i++) {
            dirty.mark(7, true, i);
            dirty.mark(7, false, i);
        }
        assertThat(dirty.size()).isEqualTo(1);
        assertThat(dirty.pollUrgent()).isEqualTo(7);
        assertThat(dirty.pollUrgent()).isEqualTo(-1);
        assertThat(dirty.pollLazy(ALL)).isEqualTo(-1);
        assertThat(dirty.isEmpty()).isTrue();
    }

    @Test
    void bothKindsComeOutInTheOrderOfMarking() {
        mark(true, 3, 1, 2);
        mark(false, 6, 4, 5);
        assertThat(urgent()).containsExactly(3, 1, 2);
        assertThat(lazy(ALL)).containsExactly(6, 4, 5);
    }

    @Test
    void aLazySlotWaitsUntilItsTimeHasCome() {
        dirty.mark(1, false, 100);
        dirty.mark(2, false, 200);
        assertThat(lazy(100)).isEmpty();
        assertThat(lazy(101)).containsExactly(1);
        assertThat(lazy(200)).isEmpty();
        assertThat(lazy(201)).containsExactly(2);
    }

    @Test
    void aLazySlotThatBecomesUrgentMovesUp() {
        mark(false, 1, 2, 3);
        dirty.mark(2, true, 9);
        assertThat(dirty.size()).isEqualTo(3);
        assertThat(urgent()).containsExactly(2);
        assertThat(lazy(ALL)).containsExactly(1, 3);
    }

    @Test
    void anUrgentSlotStaysUrgent() {
        dirty.mark(1, true, 1);
        dirty.mark(1, false, 2);
        assertThat(lazy(ALL)).isEmpty();
        assertThat(dirty.hasUrgent()).isTrue();
        assertThat(urgent()).containsExactly(1);
    }

    @Test
    void aSlotThatCameOutAsUrgentCanBeMarkedLazyAgain() {
        dirty.mark(1, false, 1);
        dirty.mark(1, true, 2);
        assertThat(urgent()).containsExactly(1);
        dirty.mark(1, false, 3);
        assertThat(dirty.size()).isEqualTo(1);
        assertThat(lazy(ALL)).containsExactly(1);
        assertThat(dirty.size()).isZero();
    }

    @Test
    void theOldestIsTheFirstMarkOfWhatStillWaits() {
        assertThat(dirty.oldestNanos(50)).isEqualTo(50);
        dirty.mark(1, false, 10);
        dirty.mark(2, true, 20);
        assertThat(dirty.oldestNanos(50)).isEqualTo(10);
        dirty.mark(1, true, 30);
        assertThat(dirty.oldestNanos(50)).as("waits since it was lazy").isEqualTo(10);
        assertThat(urgent()).containsExactly(2, 1);
        assertThat(dirty.oldestNanos(50)).as("nothing waits").isEqualTo(50);
    }

    @Test
    void whatHasComeOutAsUrgentIsNotTheOldest() {
        dirty.mark(1, false, 10);
        dirty.mark(2, false, 20);
        dirty.mark(1, true, 30);
        assertThat(urgent()).containsExactly(1);
        assertThat(dirty.oldestNanos(50)).isEqualTo(20);
    }

    @Test
    void slotsFarApartHaveRoom() {
        mark(true, 5_000_000, 0, 70_000);
        assertThat(dirty.contains(5_000_000)).isTrue();
        assertThat(dirty.contains(4_999_999)).isFalse();
        assertThat(dirty.contains(50_000_000)).isFalse();
        assertThat(urgent()).containsExactly(5_000_000, 0, 70_000);
    }

    @Test
    void manySlotsStayInOrderWhileTheRingsGrowInMidTurn() {
        mark(true, IntStream.range(0, 700).toArray());
        for (int slot = 0; slot < 600; slot++) {
            assertThat(dirty.pollUrgent()).isEqualTo(slot);
        }
        mark(true, IntStream.range(700, 200_000).toArray());
        assertThat(urgent())
                .containsExactlyElementsOf(IntStream.range(600, 200_000).boxed().toList());
    }

    /** A position minus a position is what a ring holds: however often a slot is marked, no ring outgrows the slots. */
    @ParameterizedTest
    @ValueSource(ints = {1, 17, 1000})
    void theRingsNeverHoldMoreThanThereAreSlots(int slots) {
        Random random = Seed.random();
        for (int i = 0; i < 300_000; i++) {
            dirty.mark(random.nextInt(slots), random.nextBoolean(), i);
            if (random.nextInt(3) == 0) {
                dirty.pollUrgent();
            }
            assertThat(dirty.urgentTail() - dirty.urgentHead()).isBetween(0L, (long) slots);
            assertThat(dirty.lazyTail() - dirty.lazyHead()).isBetween(0L, (long) slots);
        }
    }

    @Test
    void behavesLikeItsModel() {
        Random random = Seed.random();
        DirtySetModel model = new DirtySetModel();
        int slots = 1 + random.nextInt(3000);
        for (int now = 0; now < 400_000; now++) {
            int slot = random.nextInt(slots);
            switch (random.nextInt(now % 20_000 < 10_000 ? 4 : 7)) {
                case 0, 1 -> {
                    model.mark(slot, true, now);
                    dirty.mark(slot, true, now);
                }
                case 2, 3 -> {
                    model.mark(slot, false, now);
                    dirty.mark(slot, false, now);
                }
                case 4, 5 -> assertThat(dirty.pollUrgent()).isEqualTo(model.pollUrgent());
                default -> {
                    long before = (long) now - random.nextInt(1000);
                    assertThat(dirty.pollLazy(before)).isEqualTo(model.pollLazy(before));
                }
            }
            assertThat(dirty.size()).isEqualTo(model.size());
            assertThat(dirty.isEmpty()).isEqualTo(model.size() == 0);
            assertThat(dirty.hasUrgent()).isEqualTo(model.hasUrgent());
            assertThat(dirty.contains(slot)).isEqualTo(model.contains(slot));
        }
    }

    /** A slot that is marked lazy again takes its old place if that still stands: it counts as older than it is, never as younger. */
    @Test
    void theOldestIsNeverYoungerThanWhatWaits() {
        Random random = Seed.random();
        DirtySetModel model = new DirtySetModel();
        for (int now = 0; now < 50_000; now++) {
            int slot = random.nextInt(20);
            boolean isUrgent = random.nextInt(3) == 0;
            model.mark(slot, isUrgent, now);
            dirty.mark(slot, isUrgent, now);
            if (random.nextInt(3) == 0) {
                assertThat(dirty.pollUrgent()).isEqualTo(model.pollUrgent());
            }
            if (!dirty.hasUrgent()) {
                assertThat(dirty.pollLazy(now - 30)).isEqualTo(model.pollLazy(now - 30));
            }
            assertThat(dirty.oldestNanos(now)).isLessThanOrEqualTo(model.oldestNanos(now));
            if (model.size() == 0) {
                assertThat(dirty.oldestNanos(now)).isEqualTo(now);
            }
        }
    }

    /** What acknowledgements rest on: marked before the tails were read, out once the heads have come there. */
    @Test
    void whatWasMarkedBeforeAPositionIsOutWhenTheHeadsHavePassedIt() {
        Random random = Seed.random();
        for (int round = 0; round < 300; round++) {
            Set<Integer> before = new HashSet<>();
            for (int i = 0; i < 50; i++) {
                int slot = random.nextInt(100);
                dirty.mark(slot, random.nextBoolean(), round);
            }
            for (int slot = 0; slot < 100; slot++) {
                if (dirty.contains(slot)) {
                    before.add(slot);
                }
            }
            long urgentTail = dirty.urgentTail();
            long lazyTail = dirty.lazyTail();
            while (dirty.urgentHead() < urgentTail || dirty.lazyHead() < lazyTail) {
                assertThat(before).isNotEmpty();
                before.remove(poll(random, round));
                dirty.mark(100 + random.nextInt(50), random.nextBoolean(), round);
            }
            assertThat(before)
                    .as("marked before the position and still in the set")
                    .isEmpty();
            assertThat(dirty.size()).isLessThanOrEqualTo(50);
        }
    }

    private int poll(Random random, int now) {
        int slot = random.nextBoolean() ? dirty.pollUrgent() : -1;
        return slot >= 0 ? slot : dirty.pollLazy(now + 1L);
    }

    private void mark(boolean isUrgent, int... slots) {
        for (int slot : slots) {
            dirty.mark(slot, isUrgent, 0);
        }
    }

    private List<Integer> urgent() {
        List<Integer> slots = new ArrayList<>();
        for (int slot = dirty.pollUrgent(); slot >= 0; slot = dirty.pollUrgent()) {
            slots.add(slot);
        }
        return slots;
    }

    private List<Integer> lazy(long nanos) {
        List<Integer> slots = new ArrayList<>();
        for (int slot = dirty.pollLazy(nanos); slot >= 0; slot = dirty.pollLazy(nanos)) {
            slots.add(slot);
        }
        return slots;
    }
}
