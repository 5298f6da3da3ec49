package io.keepflow.node.table;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** What a {@link DirtySet} means, without its rings. */
final class DirtySetModel {
    private final Set<Integer> urgent = new LinkedHashSet<>();

    /** Places in the lazy queue by slot, with the time of the first mark. A place outlives its slot's way out as urgent. */
    private final Map<Integer, Long> lazyPlaces = new LinkedHashMap<>();

    private final Set<Integer> lazy = new LinkedHashSet<>();

    /** When each slot that waits was marked first. */
    private final Map<Integer, Long> since = new LinkedHashMap<>();

    void mark(int slot, boolean isUrgent, long nanos) {
        since.putIfAbsent(slot, nanos);
        if (isUrgent) {
            urgent.add(slot);
            lazy.remove(slot);
        } else if (!urgent.contains(slot)) {
            lazy.add(slot);
            lazyPlaces.putIfAbsent(slot, nanos);
        }
    }

    int pollUrgent() {
        if (urgent.isEmpty()) {
            return -1;
        }
        Iterator<Integer> slots = urgent.iterator();
        int slot = slots.next();
        slots.remove();
        since.remove(slot);
        passOverStale();
        return slot;
    }

    private void passOverStale() {
        Iterator<Integer> places = lazyPlaces.keySet().iterator();
        while (places.hasNext() && !since.containsKey(places.next())) {
            places.remove();
        }
    }

    int pollLazy(long nanos) {
        for (Iterator<Map.Entry<Integer, Long>> places = lazyPlaces.entrySet().iterator(); places.hasNext(); ) {
            Map.Entry<Integer, Long> place = places.next();
            if (place.getValue() >= nanos) {
                return -1;
            }
            places.remove();
            if (lazy.remove(place.getKey())) {
                since.remove(place.getKey());
                passOverStale();
                return place.getKey();
            }
        }
        return -1;
    }

    boolean contains(int slot) {
        return since.containsKey(slot);
    }

    boolean hasUrgent() {
        return !urgent.isEmpty();
    }

    int size() {
        return since.size();
    }

    long oldestNanos(long now) {
        return since.values().stream().mapToLong(Long::longValue).min().orElse(now);
    }
}
