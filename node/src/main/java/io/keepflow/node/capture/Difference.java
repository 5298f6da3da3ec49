package io.keepflow.node.capture;

/** How the table and this node's kernel differed, and what was done about it. The owner's kernel is right, on every node. */
public enum Difference {
    /** The kernel lacked a flow of a peer that stands behind it. */
    RESTORED("missing", "put back"),
    /** The kernel lacked a flow that this node owns. */
    ENDED("missing", "ended on all nodes"),
    /** The kernel lacked a flow that nobody stands behind. */
    FORGOTTEN("missing", "forgotten"),
    /** The kernel had a flow that the table lacked: it belongs to nobody, until the active node claims it or a standby removes it. */
    FOUND("extra", "taken in"),
    /** The kernel had a peer's flow otherwise than the peer says. */
    REWRITTEN("different", "rewritten as its owner has it"),
    /** The kernel had this node's flow, or nobody's, otherwise than the table. */
    FOLLOWED("different", "taken as this kernel has it");

    private final String kind;
    private final String remedy;

    Difference(String kind, String remedy) {
        this.kind = kind;
        this.remedy = remedy;
    }

    /** {@code missing} or {@code different} in the kernel, or {@code extra} there. */
    public String kind() {
        return kind;
    }

    /** What was done, as the end of a sentence. */
    public String remedy() {
        return remedy;
    }
}
