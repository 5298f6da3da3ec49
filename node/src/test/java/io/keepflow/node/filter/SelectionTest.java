package io.keepflow.node.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.node.notation.Addresses;
import io.keepflow.node.notation.Prefix;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.testkit.Seed;
import java.math.BigInteger;
import java.net.InetAddress;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

class SelectionTest {
    @Test
    void withoutRulesEverythingIsAdmitted() {
        Flow flow = Rules.flow(new Random(1));
        assertThat(Selection.EVERYTHING.decide(flow)).isEqualTo(Selection.ADMITTED);
        assertThat(Selection.EVERYTHING.decideForLife(flow)).isEqualTo(Selection.ADMITTED);
        assertThat(Selection.EVERYTHING.isEverything()).isTrue();
    }

    @Test
    void excludeGoesOverIncludeAndSaysWhichRule() {
        Selection selection = new Selection(
                List.of(Rules.protocol(Flow.TCP)), List.of(Rules.mark(9, -1), Rules.mark(1, 1)), false, 0);
        Flow flow = new Flow();
        flow.protocol = Flow.TCP;
        flow.present = Flow.HAS_MARK;
        assertThat(selection.decide(flow)).isEqualTo(Selection.ADMITTED);
        flow.mark = 5;
        assertThat(Selection.reason(selection.decide(flow))).isEqualTo("exclude_2");
        assertThat(selection.decideForLife(flow)).isEqualTo(Selection.ADMITTED);
        flow.protocol = Flow.UDP;
        assertThat(selection.decide(flow)).isEqualTo(Selection.NOT_INCLUDED);
        assertThat(selection.decideForLife(flow)).isEqualTo(Selection.NOT_INCLUDED);
    }

    /** 300 filters and 100 flows each, against the rule as the manual has it, written in the plainest way. */
    @Test
    void decidesAsAPlainReference() throws Exception {
        Random random = Seed.random();
        int admitted = 0;
        for (int i = 0; i < 300; i++) {
            Selection selection = Rules.random(random, true);
            for (int j = 0; j < 100; j++) {
                Flow flow = Rules.flow(random);
                boolean expected = reference(selection, flow);
                assertThat(selection.decide(flow) == Selection.ADMITTED)
                        .as("%s", selection)
                        .isEqualTo(expected);
                admitted += expected ? 1 : 0;
            }
        }
        assertThat(admitted).isBetween(3_000, 27_000);
    }

    /** What is decided for life is decided whatever the state becomes; and what is not may be admitted in some state. */
    @Test
    void whatIsDecidedForLifeHoldsInEveryState() {
        Random random = Seed.random();
        int forLife = 0;
        for (int i = 0; i < 300; i++) {
            Selection selection = Rules.random(random, true);
            for (int j = 0; j < 30; j++) {
                Flow flow = Rules.flow(random);
                if (selection.decideForLife(flow) != Selection.ADMITTED) {
                    forLife++;
                    for (int change = 0; change < 20; change++) {
                        Flow other = Rules.flow(random);
                        flow.status = other.status;
                        flow.mark = other.mark;
                        flow.tcpState = other.tcpState;
                        flow.present = Flow.HAS_MARK | Flow.HAS_STATUS | Flow.HAS_TCP;
                        assertThat(selection.decide(flow)).isNotEqualTo(Selection.ADMITTED);
                    }
                }
            }
            Selection stateless = Rules.random(random, false);
            Flow flow = Rules.flow(random);
            assertThat(stateless.decideForLife(flow)).isEqualTo(stateless.decide(flow));
        }
        assertThat(forLife).isGreaterThan(500);
    }

    private static boolean reference(Selection selection, Flow flow) throws Exception {
        boolean included = selection.include().isEmpty();
        for (Rule rule : selection.include()) {
            included |= matches(rule, flow);
        }
        for (Rule rule : selection.exclude()) {
            included &= !matches(rule, flow);
        }
        return included && (!selection.onlyAssured() || (flow.status & 4) != 0);
    }

    private static boolean matches(Rule rule, Flow flow) throws Exception {
        Identity identity = rule.identity();
        State state = rule.state();
        String source = Addresses.format(flow.family, flow.original.srcHigh, flow.original.srcLow);
        String destination = Addresses.format(flow.family, flow.original.dstHigh, flow.original.dstLow);
        int zone = flow.zone == 0 ? flow.zoneOriginal : flow.zone;
        int mark = (flow.present & Flow.HAS_MARK) == 0 ? 0 : flow.mark;
        boolean natted = (flow.status & 0x30) != 0;
        return any(identity.protocols(), r -> r.first() <= flow.protocol && flow.protocol <= r.last())
                && any(identity.sources(), p -> covers(p, source))
                && any(identity.destinations(), p -> covers(p, destination))
                && any(identity.sourcePorts(), r -> r.first() <= flow.original.l4Src && flow.original.l4Src <= r.last())
                && any(identity.ports(), r -> r.first() <= flow.original.l4Dst && flow.original.l4Dst <= r.last())
                && any(identity.zones(), r -> r.first() <= zone && zone <= r.last())
                && any(state.marks(), m -> (mark & m.mask()) == m.value())
                && any(
                        state.tcpStates(),
                        r -> (flow.present & Flow.HAS_TCP) != 0 && flow.protocol == 6 && r.first() == flow.tcpState)
                && (state.nat() == null || state.nat() == natted)
                && (state.assured() == null || state.assured() == ((flow.status & 4) != 0));
    }

    private static <T> boolean any(List<T> items, Predicate<T> test) {
        return items.isEmpty() || items.stream().anyMatch(test);
    }

    private static boolean covers(Prefix prefix, String address) {
        String[] parts = prefix.toString().split("/", -1);
        byte[] network = InetAddress.ofLiteral(parts[0]).getAddress();
        byte[] host = InetAddress.ofLiteral(address).getAddress();
        int shift = network.length * 8 - Integer.parseInt(parts[1]);
        return network.length == host.length
                && new BigInteger(1, network).shiftRight(shift).equals(new BigInteger(1, host).shiftRight(shift));
    }
}
