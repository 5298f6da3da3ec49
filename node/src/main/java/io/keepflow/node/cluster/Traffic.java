package io.keepflow.node.cluster;

/** What a frame is sent for; what each costs on the link is counted. */
public enum Traffic {
    /** Flows that changed. */
    LIVE,
    /** Everything that this node owns, for a peer that has little of it. */
    SNAPSHOT,
    /** What a peer that has most of it lacks, and the search for it. */
    DIFFERENTIAL,
    /** Expected connections, news and lists. */
    EXPECTATIONS,
    /** Heartbeats and introductions. */
    UPKEEP
}
