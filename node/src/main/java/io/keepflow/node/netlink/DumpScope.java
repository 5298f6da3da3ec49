package io.keepflow.node.netlink;

import static io.keepflow.node.netlink.Ctnetlink.*;

import io.keepflow.node.filter.Identity;
import io.keepflow.node.filter.Range;
import io.keepflow.node.filter.Rule;
import io.keepflow.node.filter.Selection;
import io.keepflow.node.notation.Prefix;
import io.keepflow.protocol.Flow;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The part of the kernel's table that a dump shows: one address family, IP protocol and zone at most, for the kernel compares
 * exactly. Only what never changes is asked for, so that a flow is never hidden because of its state.
 *
 * @param family {@code AF_UNSPEC} for both; with a protocol, the kernel wants to know it
 * @param protocol or {@link #ANY}
 * @param zone or {@link #ANY}; the kernel shows what has it in one direction as well
 */
public record DumpScope(int family, int protocol, int zone) {
    static final int ANY = -1;

    /** The whole table. */
    public static final List<DumpScope> ALL = List.of(new DumpScope(Netlink.AF_UNSPEC, ANY, ANY));

    /** Scopes that together show every flow that may ever be admitted, and as little else as the kernel can do. */
    public static List<DumpScope> of(Selection selection) {
        List<Identity> include =
                selection.include().stream().map(Rule::identity).toList();
        int protocol = common(include, Identity::protocols);
        int zone = common(include, Identity::zones);
        List<DumpScope> scopes = new ArrayList<>();
        for (int family : new int[] {Flow.IPV4, Flow.IPV6}) {
            if (include.isEmpty() || include.stream().anyMatch(identity -> mayBe(identity, family))) {
                // Zone 0 would hide what has a zone in its reply direction only.
                scopes.add(new DumpScope(family, protocol, zone == 0 ? ANY : zone));
            }
        }
        return scopes.size() == 2 && protocol == ANY
                ? List.of(new DumpScope(Netlink.AF_UNSPEC, ANY, zone == 0 ? ANY : zone))
                : List.copyOf(scopes);
    }

    /** The one number that all identities ask for, or {@link #ANY}. */
    private static int common(List<Identity> identities, Function<Identity, List<Range>> part) {
        @Nullable Range common = null;
        for (Identity identity : identities) {
            List<Range> ranges = part.apply(identity);
            if (ranges.size() != 1 || (common != null && !common.equals(ranges.getFirst()))) {
                return ANY;
            }
            common = ranges.getFirst();
        }
        return common == null || common.first() != common.last() ? ANY : common.first();
    }

    private static boolean mayBe(Identity identity, int family) {
        return mayBe(identity.sources(), family) && mayBe(identity.destinations(), family);
    }

    private static boolean mayBe(List<Prefix> prefixes, int family) {
        return prefixes.isEmpty() || prefixes.stream().anyMatch(prefix -> prefix.family() == family);
    }

    /** Writes the attributes of the request for this scope. */
    void write(MessageWriter request) {
        if (protocol != ANY) {
            long tuple = request.beginNested(CTA_TUPLE_ORIG);
            long proto = request.beginNested(CTA_TUPLE_PROTO);
            request.u8(CTA_PROTO_NUM, protocol);
            request.endNested(proto);
            request.endNested(tuple);
            long filter = request.beginNested(CTA_FILTER);
            request.native32(CTA_FILTER_ORIG_FLAGS, CTA_FILTER_F_CTA_PROTO_NUM);
            request.native32(CTA_FILTER_REPLY_FLAGS, 0);
            request.endNested(filter);
        }
        if (zone != ANY) {
            request.be16(CTA_ZONE, zone);
        }
    }
}
