package io.keepflow.node.filter;

import io.keepflow.node.notation.ConntrackNames;
import io.keepflow.node.notation.Prefix;
import io.keepflow.protocol.Flow;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Rules by hand and by chance, over a small world so that they often match. */
public final class Rules {
    private static final int[] PROTOCOLS = {
        Flow.TCP, Flow.UDP, Flow.ICMP, Flow.SCTP, Flow.GRE, Flow.UDPLITE, Flow.ICMPV6
    };
    private static final String[] PREFIXES = {
        "10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "192.0.2.0/24", "0.0.0.0/0", "10.1.2.2/31",
        "2001:db8::/32", "2001:db8:0:1::/64", "2001:db8:0:1::7", "::/0", "2001:db8:0:1::/71", "2001:db8::4:0:0:0/78"
    };
    private static final String[] ADDRESSES_IPV4 = {
        "10.1.2.3", "10.1.2.2", "10.1.9.9", "10.200.0.1", "192.0.2.77", "8.8.8.8"
    };
    private static final String[] ADDRESSES_IPV6 = {
        "2001:db8:0:1::7", "2001:db8:0:1::8", "2001:db8:0:1:1::7", "2001:db8::4:0:0:7", "2001:db9::1", "fd00::1"
    };

    private Rules() {}

    public static Rule protocol(int protocol) {
        return new Rule(
                1,
                new Identity(List.of(Range.of(protocol)), List.of(), List.of(), List.of(), List.of(), List.of()),
                State.ANY);
    }

    /** TCP flows in these states. */
    public static Rule tcpStates(int... states) {
        List<Range> ranges = new ArrayList<>();
        for (int state : states) {
            ranges.add(Range.of(state));
        }
        return new Rule(1, protocol(Flow.TCP).identity(), new State(List.of(), ranges, null, null));
    }

    public static Rule mark(int mark, int mask) {
        return new Rule(1, Identity.ANY, new State(List.of(new Mark(mark, mask)), List.of(), null, null));
    }

    public static Selection random(Random random, boolean withStates) {
        return new Selection(
                rules(random, withStates), rules(random, withStates), withStates && random.nextInt(4) == 0, 0);
    }

    private static List<Rule> rules(Random random, boolean withStates) {
        List<Rule> rules = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            rules.add(new Rule(i, identity(random), withStates ? state(random) : State.ANY));
        }
        return rules;
    }

    private static Identity identity(Random random) {
        boolean ports = random.nextInt(3) == 0;
        List<Range> protocols = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0 || (ports && protocols.isEmpty()); i--) {
            int protocol = PROTOCOLS[random.nextInt(PROTOCOLS.length)];
            if (!ports || ConntrackNames.hasPorts(protocol)) {
                protocols.add(Range.of(protocol));
            }
        }
        return new Identity(
                protocols,
                prefixes(random),
                prefixes(random),
                ports ? ranges(random, 1024) : List.of(),
                ports ? ranges(random, 80) : List.of(),
                random.nextInt(4) == 0 ? ranges(random, 0) : List.of());
    }

    private static List<Prefix> prefixes(Random random) {
        List<Prefix> prefixes = new ArrayList<>();
        for (int i = random.nextInt(2) == 0 ? 0 : random.nextInt(4); i > 0; i--) {
            prefixes.add(Prefix.parse(PREFIXES[random.nextInt(PREFIXES.length)]));
        }
        return prefixes;
    }

    private static List<Range> ranges(Random random, int from) {
        List<Range> ranges = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            int first = from + random.nextInt(6);
            ranges.add(new Range(first, first + random.nextInt(3)));
        }
        return ranges;
    }

    private static State state(Random random) {
        return new State(
                random.nextInt(3) == 0 ? List.of(new Mark(random.nextInt(2), 1), new Mark(2, 6)) : List.of(),
                random.nextInt(3) == 0 ? List.of(Range.of(random.nextInt(8)), Range.of(3)) : List.of(),
                random.nextInt(3) == 0 ? (Boolean) random.nextBoolean() : null,
                random.nextInt(3) == 0 ? (Boolean) random.nextBoolean() : null);
    }

    /** A flow of the same small world. */
    public static Flow flow(Random random) {
        Flow flow = new Flow();
        flow.protocol = PROTOCOLS[random.nextInt(PROTOCOLS.length)];
        flow.family = flow.protocol == Flow.ICMPV6 || (flow.protocol != Flow.ICMP && random.nextBoolean())
                ? Flow.IPV6
                : Flow.IPV4;
        String[] addresses = flow.family == Flow.IPV4 ? ADDRESSES_IPV4 : ADDRESSES_IPV6;
        Prefix source = Prefix.parse(addresses[random.nextInt(addresses.length)]);
        Prefix destination = Prefix.parse(addresses[random.nextInt(addresses.length)]);
        flow.original.srcHigh = source.high();
        flow.original.srcLow = source.low();
        flow.original.dstHigh = destination.high();
        flow.original.dstLow = destination.low();
        flow.original.l4Src = 1024 + random.nextInt(8);
        flow.original.l4Dst = 80 + random.nextInt(8);
        flow.zone = random.nextInt(3) == 0 ? random.nextInt(8) : 0;
        flow.zoneOriginal = flow.zone == 0 && random.nextInt(3) == 0 ? random.nextInt(8) : 0;
        flow.status = Flow.IPS_CONFIRMED
                | (random.nextBoolean() ? Flow.IPS_ASSURED : 0)
                | (random.nextBoolean() ? Flow.IPS_SRC_NAT : 0)
                | (random.nextBoolean() ? Flow.IPS_DST_NAT : 0);
        flow.mark = random.nextInt(8);
        flow.tcpState = flow.protocol == Flow.TCP ? random.nextInt(10) : 0;
        flow.present = Flow.HAS_STATUS
                | (random.nextBoolean() ? Flow.HAS_MARK : 0)
                | (flow.protocol == Flow.TCP && random.nextInt(8) != 0 ? Flow.HAS_TCP : 0);
        return flow;
    }
}
