package io.keepflow.node.cluster;

import io.keepflow.protocol.v1.Hello;
import org.jspecify.annotations.Nullable;

/** The protocol versions that this build speaks, and what it says to one that speaks others. */
final class ProtocolVersion {
    static final int MIN = 2;
    static final int MAX = 2;

    private ProtocolVersion() {}

    /** Why this build and the sender of {@code hello} cannot talk; null if they can. */
    static @Nullable String refusal(Hello hello) {
        if (hello.getMinVersion() <= MAX && hello.getMaxVersion() >= MIN) {
            return null;
        }
        boolean older = hello.getMaxVersion() < MIN;
        return "speaks protocol %d to %d (build %s), this node %d to %d: upgrade %s"
                .formatted(
                        hello.getMinVersion(),
                        hello.getMaxVersion(),
                        hello.getBuild(),
                        MIN,
                        MAX,
                        older ? hello.getNode() : "this node");
    }
}
