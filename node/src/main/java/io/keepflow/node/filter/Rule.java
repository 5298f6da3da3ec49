package io.keepflow.node.filter;

import io.keepflow.protocol.Flow;

/**
 * One item of {@code include} or {@code exclude}: a flow matches if both parts do.
 *
 * @param line of the configuration file, for {@code keepflow check}
 */
public record Rule(int line, Identity identity, State state) {
    public boolean matches(Flow flow) {
        return identity.matches(flow) && state.matches(flow);
    }

    /** Whether what the flow is decides alone, whatever becomes of it. */
    public boolean hasNoState() {
        return state.equals(State.ANY);
    }
}
