package io.keepflow.node.filter;

import io.keepflow.protocol.Flow;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Conditions on what may change while a flow lives. All must hold; an empty list and null hold always.
 *
 * @param tcpStates {@code enum tcp_conntrack}; a flow whose state is not known has none of them
 * @param nat whether source or destination are translated
 * @param assured whether the kernel calls the flow assured
 */
public record State(
        List<Mark> marks,
        List<Range> tcpStates,
        @Nullable Boolean nat,
        @Nullable Boolean assured) {
    public static final State ANY = new State(List.of(), List.of(), null, null);

    public boolean matches(Flow flow) {
        return mismatch(flow) == null;
    }

    /** The key of the first condition that does not hold, or null. */
    public @Nullable String mismatch(Flow flow) {
        if (!anyMatches(flow.has(Flow.HAS_MARK) ? flow.mark : 0)) {
            return "mark";
        }
        if (!tcpStates.isEmpty() && !(flow.has(Flow.HAS_TCP) && Range.anyContains(tcpStates, flow.tcpState))) {
            return "state";
        }
        if (nat != null && nat != flow.isNatted()) {
            return "nat";
        }
        return assured == null || assured == Selection.isAssured(flow) ? null : "assured";
    }

    private boolean anyMatches(int mark) {
        for (int i = 0; i < marks.size(); i++) {
            if (marks.get(i).matches(mark)) {
                return true;
            }
        }
        return marks.isEmpty();
    }
}
