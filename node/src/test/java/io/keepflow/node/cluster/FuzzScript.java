package io.keepflow.node.cluster;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What is done to the nodes of one run, as text: the world they live in, then one step a line. What a step does in detail follows
 * from its salt alone, so a script means the same whatever else the generator of scripts learns.
 *
 * <pre>
 * world nodes=3 seed=77 loss=20
 * traffic 5120 240
 * </pre>
 */
record FuzzScript(Map<String, Integer> world, List<Step> steps) {
    /** Something done to the nodes, and the milliseconds that pass afterwards. */
    record Step(String verb, int salt, int pauseMs) {
        @Override
        public String toString() {
            return verb + " " + salt + " " + pauseMs;
        }
    }

    /** A property of the world, 0 if the script does not say. */
    int of(String property) {
        return world.getOrDefault(property, 0);
    }

    boolean has(String property) {
        return of(property) != 0;
    }

    FuzzScript with(List<Step> others) {
        return new FuzzScript(world, List.copyOf(others));
    }

    /** The same with this property left out. */
    FuzzScript without(String property) {
        Map<String, Integer> rest = new LinkedHashMap<>(world);
        rest.remove(property);
        return new FuzzScript(rest, steps);
    }

    /** Lines that begin with {@code #} are comments. */
    static FuzzScript parse(List<String> lines) {
        Map<String, Integer> world = new TreeMap<>();
        List<Step> steps = new ArrayList<>();
        for (String line : lines) {
            String[] words = line.strip().split(" +");
            if (words[0].equals("world")) {
                for (int i = 1; i < words.length; i++) {
                    int equals = words[i].indexOf('=');
                    world.put(words[i].substring(0, equals), Integer.valueOf(words[i].substring(equals + 1)));
                }
            } else if (!words[0].isEmpty() && !words[0].startsWith("#")) {
                steps.add(new Step(words[0], Integer.parseInt(words[1]), Integer.parseInt(words[2])));
            }
        }
        return new FuzzScript(world, steps);
    }

    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(world.entrySet().stream()
                .map(property -> property.getKey() + "=" + property.getValue())
                .collect(Collectors.joining(" ", "world ", "")));
        steps.forEach(step -> lines.add(step.toString()));
        return lines;
    }
}
