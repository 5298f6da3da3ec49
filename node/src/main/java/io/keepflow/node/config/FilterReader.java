package io.keepflow.node.config;

import io.keepflow.node.filter.Identity;
import io.keepflow.node.filter.Range;
import io.keepflow.node.filter.Rule;
import io.keepflow.node.filter.Selection;
import io.keepflow.node.filter.State;
import io.keepflow.node.notation.ConntrackNames;
import io.keepflow.node.notation.Prefix;
import io.keepflow.protocol.Flow;
import java.util.List;

/** Reads {@code [replicate]}: its rules, and what must hold within one. */
final class FilterReader {
    private static final int MAX_RULES = 256;

    private FilterReader() {}

    static Selection read(Section section) {
        List<Rule> include = section.tables("include", MAX_RULES, FilterReader::rule);
        List<Rule> exclude = section.tables("exclude", MAX_RULES, FilterReader::rule);
        boolean onlyAssured = section.optional("only_assured", false, Values::truth);
        int minAgeSeconds = section.optional("min_age", 0, FilterValues::seconds);
        section.rejectUnknown();
        return new Selection(include, exclude, onlyAssured, minAgeSeconds);
    }

    private static Rule rule(Section section) {
        Identity identity = new Identity(
                section.oneOrMore("protocol", FilterValues::protocol),
                section.oneOrMore("source", FilterValues::prefix),
                section.oneOrMore("destination", FilterValues::prefix),
                section.oneOrMore("source_port", value -> FilterValues.range(value, "port")),
                section.oneOrMore("port", value -> FilterValues.range(value, "port")),
                section.oneOrMore("zone", value -> FilterValues.range(value, "zone")));
        State state = new State(
                section.oneOrMore("mark", FilterValues::mark),
                section.oneOrMore("state", FilterValues::tcpState),
                section.optional("nat", Values::truth),
                section.optional("assured", Values::truth));
        section.rejectUnknown();
        checkTogether(section, identity);
        return new Rule(section.line(), identity, state);
    }

    private static void checkTogether(Section section, Identity identity) {
        if (section.isEmpty()) {
            section.problem("the rule has no condition, so it would match every flow; expected at least one");
        }
        for (String key : List.of("source_port", "port")) {
            if (section.has(key) && !isOnly(identity.protocols(), FilterReader::hasPorts)) {
                section.problem(
                        key,
                        "needs a protocol that has ports, expected protocol = \"tcp\", \"udp\", \"sctp\" or"
                                + " \"udplite\", or a list of them, in the same rule");
            }
        }
        if (section.has("state") && !isOnly(identity.protocols(), protocol -> protocol == Flow.TCP)) {
            section.problem("state", "is a state of TCP, expected protocol = \"tcp\" in the same rule");
        }
        if (!canMeet(identity.sources(), identity.destinations())) {
            section.problem(
                    "destination",
                    "is of the other family than source, so nothing would match; expected both" + " IPv4 or both IPv6");
        }
    }

    private interface ProtocolTest {
        boolean test(int protocol);
    }

    private static boolean isOnly(List<Range> protocols, ProtocolTest test) {
        return !protocols.isEmpty() && protocols.stream().allMatch(one -> test.test(one.first()));
    }

    private static boolean hasPorts(int protocol) {
        return ConntrackNames.hasPorts(protocol);
    }

    private static boolean canMeet(List<Prefix> sources, List<Prefix> destinations) {
        return sources.isEmpty()
                || destinations.isEmpty()
                || sources.stream()
                        .anyMatch(source ->
                                destinations.stream().anyMatch(destination -> destination.family() == source.family()));
    }
}
