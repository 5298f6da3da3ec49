package io.keepflow.node.filter;

import io.keepflow.protocol.Flow;
import org.jspecify.annotations.Nullable;

/**
 * One item of {@code include} or {@code exclude}: a flow matches if both parts do.
 *
 * @param line of the configuration file, for {@code keepflow check}
 */
public record Rule(int line, Identity identity, State state) {
    public boolean matches(Flow flow) {
        return identity.matches(flow) && state.matches(flow);
    }

    /** The key of the first condition that does not hold, or null. */
    public @Nullable String mismatch(Flow flow) {
        String identityMismatch = identity.mismatch(flow);
        return identityMismatch == null ? state.mismatch(flow) : identityMismatch;
    }

    /** Whether what the flow is decides alone, whatever becomes of it. */
    public boolean hasNoState() {
        return state.equals(State.ANY);
    }
}
