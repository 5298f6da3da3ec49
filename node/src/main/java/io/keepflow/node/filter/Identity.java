package io.keepflow.node.filter;

import io.keepflow.node.notation.Prefix;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.Tuple;
import java.util.List;

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
        Tuple original = flow.original;
        return Range.anyContains(protocols, flow.protocol)
                && anyMatches(sources, flow.family, original.srcHigh, original.srcLow)
                && anyMatches(destinations, flow.family, original.dstHigh, original.dstLow)
                && Range.anyContains(sourcePorts, original.l4Src)
                && Range.anyContains(ports, original.l4Dst)
                && Range.anyContains(zones, flow.zone != 0 ? flow.zone : flow.zoneOriginal);
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
