package io.keepflow.node.filter;

import io.keepflow.node.notation.Prefix;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.Tuple;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Conditions on what never changes while a flow lives: protocol, original tuple and zone. All must hold; a list holds if one of
 * its items does, or if it is empty.
 *
 * @param sourcePorts of the original direction; only protocols that have ports match
 * @param ports destination ports of the original direction
 * @param zones of both directions, or of the original one
 */
public record Identity(
        List<Range> protocols,
        List<Prefix> sources,
        List<Prefix> destinations,
        List<Range> sourcePorts,
        List<Range> ports,
        List<Range> zones) {
    public static final Identity ANY = new Identity(List.of(), List.of(), List.of(), List.of(), List.of(), List.of());

    public boolean matches(Flow flow) {
        return mismatch(flow) == null;
    }

    /** The key of the first condition that does not hold, or null. */
    public @Nullable String mismatch(Flow flow) {
        Tuple original = flow.original;
        if (!Range.anyContains(protocols, flow.protocol)) {
            return "protocol";
        }
        if (!anyMatches(sources, flow.family, original.srcHigh, original.srcLow)) {
            return "source";
        }
        if (!anyMatches(destinations, flow.family, original.dstHigh, original.dstLow)) {
            return "destination";
        }
        if (!Range.anyContains(sourcePorts, original.l4Src)) {
            return "source_port";
        }
        if (!Range.anyContains(ports, original.l4Dst)) {
            return "port";
        }
        return Range.anyContains(zones, flow.zone != 0 ? flow.zone : flow.zoneOriginal) ? null : "zone";
    }

    private static boolean anyMatches(List<Prefix> prefixes, int family, long high, long low) {
        for (int i = 0; i < prefixes.size(); i++) {
            if (prefixes.get(i).matches(family, high, low)) {
                return true;
            }
        }
        return prefixes.isEmpty();
    }
}
