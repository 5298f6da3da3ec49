package io.keepflow.node.table;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The owners that the records of a table refer to by index; an index is used again when its owner is forgotten and has no flows. */
public final class Owners {
    /** Index of the owner of flows that nobody vouches for. */
    public static final int NOBODY = 0;

    /** Index of this node. */
    public static final int SELF = 1;

    private static final int MAX_OWNERS = 1 << 12;

    private final List<Owner> owners = new ArrayList<>();

    public Owners(String selfName, long selfBoot) {
        owners.add(new Owner(NOBODY, "unowned", 0));
        owners.add(new Owner(SELF, selfName, selfBoot));
        owners.get(NOBODY).alive(false);
    }

    public Owner get(int index) {
        return owners.get(index);
    }

    public Owner nobody() {
        return owners.get(NOBODY);
    }

    public Owner self() {
        return owners.get(SELF);
    }

    public @Nullable Owner byBoot(long boot) {
        for (int i = SELF; i < owners.size(); i++) {
            if (owners.get(i).boot() == boot) {
                return owners.get(i);
            }
        }
        return null;
    }

    /** The owner of this boot, new or known. */
    public Owner add(String name, long boot) {
        Owner known = byBoot(boot);
        if (known != null) {
            return known;
        }
        for (int i = SELF + 1; i < owners.size(); i++) {
            Owner old = owners.get(i);
            if (old.isForgotten() && old.flows() == 0) {
                Owner fresh = new Owner(i, name, boot);
                owners.set(i, fresh);
                return fresh;
            }
        }
        if (owners.size() == MAX_OWNERS) {
            throw new IllegalStateException("more than " + MAX_OWNERS + " owners");
        }
        Owner fresh = new Owner(owners.size(), name, boot);
        owners.add(fresh);
        return fresh;
    }

    /** All of them, nobody and this node included. */
    public List<Owner> all() {
        return List.copyOf(owners);
    }
}
