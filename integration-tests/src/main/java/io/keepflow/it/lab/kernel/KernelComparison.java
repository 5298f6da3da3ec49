package io.keepflow.it.lab.kernel;

import io.keepflow.it.lab.Firewall;
import io.keepflow.node.capture.LocalTraffic;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The kernels of some firewalls, compared entry by entry with that of one: the active one's. Traffic of the firewalls themselves
 * is left out by the product's own rule.
 *
 * @param flows entries of the reference
 * @param differences one per other firewall, in the order given
 */
public record KernelComparison(String reference, int flows, List<Differences> differences) {
    public KernelComparison {
        differences = List.copyOf(differences);
    }

    /**
     * Reads all kernels completely and compares, and where they differ once more. To read takes a while, in which flows begin, change
     * and end; even the reading ends some, for a kernel finds what has expired when it is asked. So a difference is what both looks
     * show, at a flow of which the reference said the same both times.
     */
    public static KernelComparison of(Firewall reference, List<Firewall> others) throws Exception {
        List<Firewall> all = new ArrayList<>(others);
        all.add(reference);
        LocalTraffic local = LocalAddresses.of(all);
        KernelTable before = KernelTable.read(reference, local);
        Map<Firewall, Set<FlowIdentity>> suspects = new LinkedHashMap<>();
        for (Firewall other : others) {
            suspects.put(other, before.differing(KernelTable.read(other, local)));
        }
        boolean isEqual = suspects.values().stream().allMatch(Set::isEmpty);
        KernelTable after = isEqual ? before : KernelTable.read(reference, local);
        List<Differences> differences = new ArrayList<>();
        for (Map.Entry<Firewall, Set<FlowIdentity>> found : suspects.entrySet()) {
            found.getValue().removeAll(before.differing(after));
            KernelTable copy = found.getValue().isEmpty() ? after : KernelTable.read(found.getKey(), local);
            differences.add(Differences.of(found.getKey().name(), found.getValue(), after, copy));
        }
        return new KernelComparison(reference.name(), after.entries().size(), differences);
    }

    /** Whether all kernels hold the same. */
    public boolean isEqual() {
        return missing() + stale() + different() == 0;
    }

    /** Entries that some other kernel lacks, of all of them together; likewise below. */
    public long missing() {
        return differences.stream().mapToLong(Differences::missing).sum();
    }

    /** Entries that another kernel has and the reference has not. */
    public long stale() {
        return differences.stream().mapToLong(Differences::stale).sum();
    }

    /** Entries that say something else in another kernel. */
    public long different() {
        return differences.stream().mapToLong(Differences::different).sum();
    }

    /** One line per firewall, with samples of what is not the same. */
    @Override
    public String toString() {
        return differences.stream()
                .map(Differences::toString)
                .collect(Collectors.joining("\n", reference + " has " + flows + " flows\n", ""));
    }

    /**
     * How one kernel differs from the reference.
     *
     * @param samples some of each kind, for people
     */
    public record Differences(String firewall, long missing, long stale, long different, List<String> samples) {
        private static final int SAMPLES_PER_KIND = 5;

        public Differences {
            samples = List.copyOf(samples);
        }

        /** How the copies of these flows differ. */
        static Differences of(String firewall, Set<FlowIdentity> flows, KernelTable wanted, KernelTable copies) {
            Tally missing = new Tally("missing");
            Tally different = new Tally("different");
            Tally stale = new Tally("stale");
            for (FlowIdentity flow : flows) {
                EntryState state = wanted.entries().get(flow);
                EntryState copy = copies.entries().get(flow);
                if (Objects.equals(state, copy)) {
                    continue;
                }
                if (state == null) {
                    stale.add(flow + " " + Objects.requireNonNull(copy).text(flow));
                } else if (copy == null) {
                    missing.add(flow + " " + state.text(flow));
                } else {
                    different.add(flow + ": " + state.differences(copy, flow));
                }
            }
            List<String> samples = new ArrayList<>(missing.samples);
            samples.addAll(stale.samples);
            samples.addAll(different.samples);
            return new Differences(firewall, missing.count, stale.count, different.count, samples);
        }

        @Override
        public String toString() {
            String counts = "%s: %d missing, %d stale, %d different".formatted(firewall, missing, stale, different);
            return samples.isEmpty() ? counts : counts + "\n  " + String.join("\n  ", samples);
        }
    }

    /** Counts one kind of difference, and keeps the first. */
    private static final class Tally {
        private final String kind;
        private final List<String> samples = new ArrayList<>();
        private long count;

        Tally(String kind) {
            this.kind = kind;
        }

        void add(String what) {
            if (count++ < Differences.SAMPLES_PER_KIND) {
                samples.add(kind + " " + what);
            }
        }
    }
}
