package io.keepflow.node.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.keepflow.protocol.testkit.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The index against a list of slots and their hashes, with hashes from all distinct to all equal. */
class FlowIndexTest {
    private static final int OPERATIONS = 60_000;

    private final FlowIndex index = new FlowIndex();

    /** {@code hashes} distinct hashes in clusters, so that probes run into each other and around the end of the array. */
    @ParameterizedTest(name = "{0} hashes")
    @ValueSource(ints = {1, 40, 100_000})
    void behavesLikeItsModel(int hashes) {
        Random random = Seed.random();
        int[] hashOfSlot = new int[OPERATIONS];
        List<Integer> slots = new ArrayList<>();
        int most = Math.min(3000, 30 * hashes);
        for (int i = 0; i < OPERATIONS; i++) {
            boolean adds =
                    slots.isEmpty() || (slots.size() < most && random.nextInt(100) < (i % 8000 < 4000 ? 70 : 30));
            if (adds) {
                int slot = i;
                int hash = -20 + random.nextInt(hashes);
                index.add(hash, slot);
                hashOfSlot[slot] = hash;
                slots.add(slot);
            } else {
                int at = random.nextInt(slots.size());
                int slot = slots.set(at, slots.getLast());
                slots.removeLast();
                int hash = hashOfSlot[slot];
                index.remove(hash, slot);
                assertThat(find(hash, slot)).isEqualTo(-1);
            }
            assertThat(index.size()).isEqualTo(slots.size());
            if (!slots.isEmpty()) {
                int slot = slots.get(random.nextInt(slots.size()));
                assertThat(find(hashOfSlot[slot], slot)).isEqualTo(slot);
            }
        }
        slots.forEach(slot -> assertThat(find(hashOfSlot[slot], slot)).isEqualTo(slot));
    }

    @Test
    void growsTo200000() {
        Random random = Seed.random();
        int[] hashes = random.ints(200_000).toArray();
        for (int slot = 0; slot < hashes.length; slot++) {
            index.add(hashes[slot], slot);
        }
        for (int slot = 0; slot < hashes.length; slot++) {
            assertThat(find(hashes[slot], slot)).isEqualTo(slot);
        }
        for (int slot = 0; slot < hashes.length; slot += 2) {
            index.remove(hashes[slot], slot);
        }
        assertThat(index.size()).isEqualTo(100_000);
        for (int slot = 0; slot < hashes.length; slot++) {
            assertThat(find(hashes[slot], slot)).isEqualTo(slot % 2 == 0 ? -1 : slot);
        }
    }

    @Test
    void asksOnlyAboutRecordsWithTheWholeHash() {
        index.add(5, 1);
        index.add(5 + (1 << 20), 2);
        List<Integer> asked = new ArrayList<>();
        int found = index.find(5 + (1 << 20), slot -> asked.add(slot));
        assertThat(found).isEqualTo(2);
        assertThat(asked).containsExactly(2);
    }

    @Test
    void removingWhatIsNotThereIsAnError() {
        index.add(5, 1);
        assertThatIllegalStateException()
                .isThrownBy(() -> index.remove(5, 2))
                .withMessage("slot 2 is not in the index");
        assertThat(find(5, 1)).isEqualTo(1);
    }

    private int find(int hash, int wanted) {
        return index.find(hash, slot -> slot == wanted);
    }
}
