package io.keepflow.node.cli;

import io.keepflow.node.filter.Rule;
import io.keepflow.node.filter.Selection;
import io.keepflow.protocol.Flow;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What a filter does with one flow, and which rule decides it, in words. */
final class FilterExplanation {
    private final Path file;
    private final Selection selection;
    private final Flow flow;
    private final int ageSeconds;

    FilterExplanation(Path file, Selection selection, FlowText.Parsed parsed) {
        this.file = file;
        this.selection = selection;
        flow = parsed.flow();
        ageSeconds = parsed.ageSeconds();
    }

    /** Whether the flow is replicated as it is now. */
    boolean isReplicated() {
        return decision() == Selection.ADMITTED;
    }

    private int decision() {
        int decision = selection.decide(flow);
        boolean isYoung = selection.minAgeSeconds() > 0 && ageSeconds <= selection.minAgeSeconds();
        return decision == Selection.ADMITTED && isYoung ? Selection.TOO_YOUNG : decision;
    }

    /** The verdict first, then the reason, then each rule that might have decided otherwise. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(FlowText.show(flow) + ": " + verdict());
        int decision = decision();
        switch (decision) {
            case Selection.NOT_INCLUDED -> {
                lines.add("  no include rule matches:");
                mismatches("include", selection.include(), lines);
            }
            case Selection.NOT_ASSURED -> lines.add("  it is not assured, and only_assured = true");
            case Selection.TOO_YOUNG ->
                lines.add("  its age is " + (ageSeconds < 0 ? "not said (age=10s)" : ageSeconds + " s")
                        + ", and only what is older than min_age, " + selection.minAgeSeconds() + " s, is replicated");
            case Selection.ADMITTED -> admitted(lines);
            default -> {
                int index = decision - Selection.EXCLUDED;
                lines.add("  " + place("exclude", index, selection.exclude().get(index)) + " matches");
            }
        }
        return lines;
    }

    private String verdict() {
        if (isReplicated()) {
            return "replicated";
        }
        return selection.decideForLife(flow) == Selection.ADMITTED
                ? "held back as it is now; it is replicated as soon as that changes"
                : "never replicated";
    }

    private void admitted(List<String> lines) {
        if (selection.isEverything()) {
            lines.add("  there is no [replicate] section: everything is");
            return;
        }
        int index = Selection.firstMatch(selection.include(), flow);
        lines.add(
                index < 0
                        ? "  there is no include rule: everything is included"
                        : "  " + place("include", index, selection.include().get(index)) + " matches");
        if (!selection.exclude().isEmpty()) {
            lines.add("  no exclude rule matches:");
            mismatches("exclude", selection.exclude(), lines);
        }
    }

    private void mismatches(String key, List<Rule> rules, List<String> lines) {
        for (int i = 0; i < rules.size(); i++) {
            String mismatch = String.valueOf(rules.get(i).mismatch(flow));
            boolean isUnknown = mismatch.equals("state") && !flow.has(Flow.HAS_TCP);
            lines.add("    " + place(key, i, rules.get(i)) + ": " + mismatch
                    + (isUnknown ? " is not said (state=ESTABLISHED)" : " differs"));
        }
    }

    private String place(String key, int index, Rule rule) {
        return key + " rule " + (index + 1) + " (" + file + ":" + rule.line() + ")";
    }
}
