package io.keepflow.it.bench;

import java.util.Locale;

/**
 * What Keepflow's figure has to reach.
 *
 * @param kind how {@code limit} is meant
 */
record Target(Kind kind, double limit) {
    /** How a limit is meant. */
    enum Kind {
        NONE,
        RATIO_AT_MOST,
        RATIO_AT_LEAST,
        VALUE_AT_MOST
    }

    static Target none() {
        return new Target(Kind.NONE, 0);
    }

    /** Keepflow's median divided by conntrackd's. */
    static Target ratioAtMost(double limit) {
        return new Target(Kind.RATIO_AT_MOST, limit);
    }

    static Target ratioAtLeast(double limit) {
        return new Target(Kind.RATIO_AT_LEAST, limit);
    }

    /** Keepflow's median itself, in the figure's unit. */
    static Target atMost(double limit) {
        return new Target(Kind.VALUE_AT_MOST, limit);
    }

    /** Whether it is reached; NaN is what was not measured, and reaches nothing. */
    boolean isReached(double value, double ratio) {
        return switch (kind) {
            case NONE -> true;
            case RATIO_AT_MOST -> ratio <= limit;
            case RATIO_AT_LEAST -> ratio >= limit;
            case VALUE_AT_MOST -> value <= limit;
        };
    }

    /** Whether it can be said at all. */
    boolean canBeJudged(double value, double ratio) {
        return switch (kind) {
            case NONE -> false;
            case RATIO_AT_MOST, RATIO_AT_LEAST -> !Double.isNaN(ratio);
            case VALUE_AT_MOST -> !Double.isNaN(value);
        };
    }

    @Override
    public String toString() {
        return switch (kind) {
            case NONE -> "";
            case RATIO_AT_MOST -> String.format(Locale.ROOT, "≤ %.2f ×", limit);
            case RATIO_AT_LEAST -> String.format(Locale.ROOT, "≥ %.2f ×", limit);
            case VALUE_AT_MOST -> String.format(Locale.ROOT, "≤ %.0f", limit);
        };
    }
}
