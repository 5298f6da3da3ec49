package io.keepflow.node.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.node.filter.Identity;
import io.keepflow.node.filter.Range;
import io.keepflow.node.filter.Rule;
import io.keepflow.node.filter.Rules;
import io.keepflow.node.filter.Selection;
import io.keepflow.node.filter.State;
import io.keepflow.node.notation.Prefix;
import io.keepflow.protocol.Flow;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the kernel leaves out of a dump when it is asked to. */
class ScopedDumpTest {
    private static final int EACH = 300;

    private ConntrackNamespace kernel;

    /** Of each kind 300: TCP and UDP in IPv4 and IPv6, TCP in zone 7, UDP in zone 7 of the original, and of the reply direction. */
    @BeforeEach
    void fill() throws Exception {
        kernel = new ConntrackNamespace();
        for (int i = 0; i < EACH; i++) {
            for (int family : new int[] {Flow.IPV4, Flow.IPV6}) {
                create(Flows.plain(family, Flow.TCP, i));
                create(Flows.plain(family, Flow.UDP, i));
            }
            Flow zoned = Flows.plain(Flow.IPV4, Flow.TCP, 1000 + i);
            zoned.zone = 7;
            create(zoned);
            Flow original = Flows.plain(Flow.IPV4, Flow.UDP, 2000 + i);
            original.zoneOriginal = 7;
            create(original);
            Flow reply = Flows.plain(Flow.IPV4, Flow.UDP, 3000 + i);
            reply.zoneReply = 7;
            create(reply);
        }
    }

    private void create(Flow flow) throws Exception {
        assertThat(kernel.answer(r -> r.create(flow, 600, 1))).isZero();
    }

    @AfterEach
    void close() throws Exception {
        kernel.close();
    }

    @Test
    void oneProtocol() throws Exception {
        Selection tcp = new Selection(List.of(Rules.protocol(Flow.TCP), Rules.tcpStates(3)), List.of(), true, 5);
        assertThat(DumpScope.of(tcp)).hasSize(2);
        assertThat(read(tcp)).isEqualTo(3 * EACH);
    }

    @Test
    void oneFamily() throws Exception {
        Selection ipv6 =
                new Selection(List.of(rule(List.of(), List.of("2001:db8::/32"), List.of())), List.of(), false, 0);
        assertThat(DumpScope.of(ipv6)).hasSize(1);
        assertThat(read(ipv6)).isEqualTo(2 * EACH);
    }

    @Test
    void oneZoneInEitherDirection() throws Exception {
        assertThat(read(zone(new Range(7, 7)))).isEqualTo(3 * EACH);
    }

    @Test
    void aProtocolInAZone() throws Exception {
        Selection selection = new Selection(
                List.of(rule(List.of(Range.of(Flow.TCP)), List.of(), List.of(Range.of(7)))), List.of(), false, 0);
        assertThat(read(selection)).isEqualTo(EACH);
    }

    /** The kernel compares exactly: what it cannot express, user space decides. */
    @Test
    void whatHasNoExactConditionIsReadWhole() throws Exception {
        assertThat(DumpScope.of(Selection.EVERYTHING)).isEqualTo(DumpScope.ALL);
        assertThat(DumpScope.of(new Selection(List.of(), List.of(Rules.protocol(Flow.TCP)), true, 0)))
                .isEqualTo(DumpScope.ALL);
        assertThat(DumpScope.of(new Selection(
                        List.of(Rules.protocol(Flow.TCP), Rules.protocol(Flow.UDP)), List.of(), false, 0)))
                .isEqualTo(DumpScope.ALL);
        assertThat(DumpScope.of(new Selection(List.of(Rules.mark(1, 1)), List.of(), false, 0)))
                .isEqualTo(DumpScope.ALL);
        assertThat(DumpScope.of(zone(new Range(0, 7)))).isEqualTo(DumpScope.ALL);
        assertThat(DumpScope.of(zone(new Range(0, 0)))).isEqualTo(DumpScope.ALL);
        assertThat(read(Selection.EVERYTHING)).isEqualTo(7 * EACH);
    }

    /** As an older kernel would: EOPNOTSUPP for a protocol without a family. */
    @Test
    void aKernelThatRefusesIsAskedForEverything() throws Exception {
        RecordingListener listener = new RecordingListener();
        try (ScopedDump dump =
                kernel.dump(listener, List.of(new DumpScope(Netlink.AF_UNSPEC, Flow.TCP, DumpScope.ANY)))) {
            listener.awaitEnd();
            assertThat(dump).isNotNull();
        }
        assertThat(listener.flows()).hasSize(7 * EACH);
        assertThat(listener.ends).hasValue(1);
    }

    private int read(Selection selection) throws Exception {
        RecordingListener listener = new RecordingListener();
        try (ScopedDump dump = kernel.dump(listener, DumpScope.of(selection))) {
            listener.awaitEnd();
            assertThat(dump).isNotNull();
        }
        listener.assertNothingMalformed();
        assertThat(listener.ends).hasValue(1);
        return listener.flows().size();
    }

    private static Selection zone(Range range) {
        return new Selection(List.of(rule(List.of(), List.of(), List.of(range))), List.of(), false, 0);
    }

    private static Rule rule(List<Range> protocols, List<String> sources, List<Range> zones) {
        return new Rule(
                1,
                new Identity(
                        protocols,
                        sources.stream().map(Prefix::parse).toList(),
                        List.of(),
                        List.of(),
                        List.of(),
                        zones),
                State.ANY);
    }
}
