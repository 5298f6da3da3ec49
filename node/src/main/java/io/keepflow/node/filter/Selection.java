package io.keepflow.node.filter;

import io.keepflow.protocol.Flow;
import java.util.List;

/**
 * Which flows are replicated: those that an include rule matches (all, if there is none) and no exclude rule does, that are
 * assured if only such are wanted, and older than the least age. The age is the caller's to know.
 *
 * <p>Decisions are numbers, so that a flow costs no object: {@link #ADMITTED}, or why not, named by {@link #reason}.
 */
public record Selection(List<Rule> include, List<Rule> exclude, boolean onlyAssured, int minAgeSeconds) {
    public static final Selection EVERYTHING = new Selection(List.of(), List.of(), false, 0);

    public static final int ADMITTED = 0;
    public static final int NOT_INCLUDED = 1;
    public static final int NOT_ASSURED = 2;
    public static final int TOO_YOUNG = 3;

    /** And the index of the exclude rule. */
    public static final int EXCLUDED = 4;

    public boolean isEverything() {
        return equals(EVERYTHING);
    }

    /** What is to be done with the flow as it is now; never {@link #TOO_YOUNG}. */
    public int decide(Flow flow) {
        if (!include.isEmpty() && firstMatch(include, flow) < 0) {
            return NOT_INCLUDED;
        }
        int excluding = firstMatch(exclude, flow);
        if (excluding >= 0) {
            return EXCLUDED + excluding;
        }
        return onlyAssured && !isAssured(flow) ? NOT_ASSURED : ADMITTED;
    }

    /** Why a flow of this identity is never replicated, whatever becomes of it; {@link #ADMITTED} if it may be. */
    public int decideForLife(Flow flow) {
        boolean included = include.isEmpty();
        for (int i = 0; i < include.size() && !included; i++) {
            included = include.get(i).identity().matches(flow);
        }
        if (!included) {
            return NOT_INCLUDED;
        }
        for (int i = 0; i < exclude.size(); i++) {
            if (exclude.get(i).hasNoState() && exclude.get(i).identity().matches(flow)) {
                return EXCLUDED + i;
            }
        }
        return ADMITTED;
    }

    /** Index of the first rule that matches, or -1. */
    public static int firstMatch(List<Rule> rules, Flow flow) {
        for (int i = 0; i < rules.size(); i++) {
            if (rules.get(i).matches(flow)) {
                return i;
            }
        }
        return -1;
    }

    /** So many decisions there are, {@link #ADMITTED} included. */
    public int decisions() {
        return EXCLUDED + exclude.size();
    }

    /** The word for a decision in metrics; exclude rules count from 1, as in the file. */
    public static String reason(int decision) {
        return switch (decision) {
            case ADMITTED -> "admitted";
            case NOT_INCLUDED -> "not_included";
            case NOT_ASSURED -> "not_assured";
            case TOO_YOUNG -> "too_young";
            default -> "exclude_" + (decision - EXCLUDED + 1);
        };
    }

    static boolean isAssured(Flow flow) {
        return (flow.status & Flow.IPS_ASSURED) != 0;
    }
}
