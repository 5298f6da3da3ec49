package io.keepflow.node.filter;

import java.util.List;

/** Whole numbers from {@code first} to {@code last}, both included: protocols, ports, zones. */
public record Range(int first, int last) {
    public static Range of(int single) {
        return new Range(single, single);
    }

    public boolean contains(int number) {
        return number >= first && number <= last;
    }

    /** Whether the list is empty, which means any number, or one of its ranges has this one. */
    static boolean anyContains(List<Range> ranges, int number) {
        for (int i = 0; i < ranges.size(); i++) {
            if (ranges.get(i).contains(number)) {
                return true;
            }
        }
        return ranges.isEmpty();
    }

    @Override
    public String toString() {
        return first == last ? Integer.toString(first) : first + "-" + last;
    }
}
