package io.keepflow.node.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.protocol.testkit.Seed;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class YoungFlowsTest {
    /** Against a map in the order of insertion, in which a birth in a slot replaces the one before. */
    @Test
    void comesOutAsAModelOf() {
        Random random = Seed.random();
        YoungFlows young = new YoungFlows();
        Map<Integer, Long> model = new LinkedHashMap<>();
        long now = Long.MAX_VALUE - 50_000;
        int polled = 0;
        for (int i = 0; i < 100_000; i++) {
            now += random.nextInt(3);
            int slot = random.nextInt(3000);
            switch (random.nextInt(4)) {
                case 0, 1 -> {
                    young.add(slot, now);
                    model.remove(slot);
                    model.put(slot, now);
                }
                case 2 -> {
                    young.remove(slot);
                    model.remove(slot);
                }
                default -> {
                    long before = now - 500;
                    int expected = model.entrySet().stream()
                            .limit(1)
                            .filter(oldest -> oldest.getValue() - before < 0)
                            .mapToInt(Map.Entry::getKey)
                            .findFirst()
                            .orElse(-1);
                    assertThat(young.poll(before)).isEqualTo(expected);
                    model.remove(expected);
                    polled += expected < 0 ? 0 : 1;
                }
            }
            assertThat(young.contains(slot)).isEqualTo(model.containsKey(slot));
        }
        assertThat(polled).isGreaterThan(1000);
    }
}
