package io.keepflow.node.cluster;

import io.keepflow.node.cluster.FuzzScript.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Leaves out of a failing script what it fails without, in the same way. */
final class FuzzShrinker {
    private static final int MAX_RUNS = 400;

    private final Function<FuzzScript, String> failureOf;
    private final String failure;
    private int runs;

    /** {@code failureOf} runs a script and says which invariant it breaks, or nothing. */
    FuzzShrinker(Function<FuzzScript, String> failureOf, String failure) {
        this.failureOf = failureOf;
        this.failure = failure;
    }

    FuzzScript shrink(FuzzScript script) {
        FuzzScript least = script;
        for (int part = Math.max(1, script.steps().size() / 2); part >= 1; part /= 2) {
            least = withoutParts(least, part);
        }
        for (String property : script.world().keySet()) {
            FuzzScript plainer = least.without(property);
            if (!property.equals("nodes")
                    && !property.equals("identities")
                    && !property.equals("ports")
                    && fails(plainer)) {
                least = plainer;
            }
        }
        return least;
    }

    private FuzzScript withoutParts(FuzzScript script, int part) {
        FuzzScript least = script;
        for (int from = 0; from < least.steps().size(); ) {
            List<Step> rest = new ArrayList<>(least.steps());
            rest.subList(from, Math.min(from + part, rest.size())).clear();
            if (fails(least.with(rest))) {
                least = least.with(rest);
            } else {
                from += part;
            }
        }
        return least;
    }

    private boolean fails(FuzzScript script) {
        return ++runs <= MAX_RUNS && failureOf.apply(script).equals(failure);
    }
}
