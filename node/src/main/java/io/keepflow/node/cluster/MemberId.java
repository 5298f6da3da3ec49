package io.keepflow.node.cluster;

import java.util.UUID;

/** Identity of one run of one node in the cluster's views: a node that restarts comes back as another member. */
public record MemberId(UUID uuid) {
    @Override
    public String toString() {
        return uuid.toString();
    }
}
