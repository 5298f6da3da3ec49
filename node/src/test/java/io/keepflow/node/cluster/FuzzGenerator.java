package io.keepflow.node.cluster;

import io.keepflow.node.cluster.FuzzScript.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Makes the script of a seed: the world, and a mixture of steps. */
final class FuzzGenerator {
    private static final int STEPS = 40;

    private final Random random;
    private final Map<String, Integer> world = new TreeMap<>();

    private FuzzGenerator(long seed) {
        random = new Random(seed * 0x9e3779b97f4a7c15L + 7);
    }

    static FuzzScript script(long seed) {
        FuzzGenerator generator = new FuzzGenerator(seed);
        generator.world();
        return new FuzzScript(generator.world, generator.steps());
    }

    private void world() {
        world.put("seed", random.nextInt(1_000_000_000));
        world.put("nodes", 2 + Math.min(random.nextInt(5), random.nextInt(5)) % 4);
        sometimes(3, "activeActive", 1);
        network();
        kernels();
        size();
    }

    private void network() {
        often("delayMs", 120);
        often("viewDelayMs", 1500);
        if (random.nextInt(2) == 0) {
            world.put("loss", random.nextInt(200));
            world.put("doubled", random.nextInt(100));
            world.put("broken", random.nextInt(30));
            world.put("replayed", random.nextInt(50));
        }
        sometimes(4, "gap", 1 + random.nextInt(20));
        sometimes(4, "toNextSegment", 1 + random.nextInt(2000));
        sometimes(5, "payload", 512 + random.nextInt(300));
    }

    private void kernels() {
        sometimes(2, "defersEvents", 1);
        sometimes(3, "refusals", random.nextInt(100));
        sometimes(4, "eventBuffer", 5 + random.nextInt(50));
        sometimes(5, "injectEvery", 2 + random.nextInt(50));
        sometimes(3, "asymmetric", 1);
    }

    /** Mostly a few identities, used again and again; sometimes next to none, sometimes very many. */
    private void size() {
        int dice = random.nextInt(100);
        int identities = dice < 10 ? 1 + random.nextInt(6) : dice < 99 ? 24 : 500 + random.nextInt(2500);
        world.put("identities", identities);
        world.put("ports", identities + random.nextInt(identities));
        world.put("burst", identities < 100 ? 12 : identities / 2);
    }

    private void often(String property, int bound) {
        if (random.nextInt(3) > 0) {
            world.put(property, random.nextInt(bound));
        }
    }

    private void sometimes(int oneIn, String property, int value) {
        if (random.nextInt(oneIn) == 0) {
            world.put(property, value);
        }
    }

    private List<Step> steps() {
        boolean byHand = random.nextInt(3) == 0;
        List<Step> steps = new ArrayList<>();
        for (int i = 0; i < STEPS; i++) {
            String verb = verb(byHand);
            int pauseMs = random.nextInt(8) == 0 ? random.nextInt(15_000) : random.nextInt(300);
            steps.add(new Step(verb, random.nextInt(1_000_000), pauseMs));
        }
        return steps;
    }

    private String verb(boolean byHand) {
        int dice = random.nextInt(100);
        if (dice < 55) {
            return "traffic";
        } else if (dice < 65) {
            return "end";
        } else if (dice < 80) {
            return one(
                    "stop", "power", "bounce", "segment", "cut", "freeze", "sleep", "full", "refuse", "jump", "audit",
                    "resync");
        } else if (dice < 92) {
            return "heal";
        } else if (dice < 97) {
            return one("role", "role", "flap");
        }
        return byHand ? one("flush", "delete", "change") : "traffic";
    }

    private String one(String... verbs) {
        return verbs[random.nextInt(verbs.length)];
    }
}
