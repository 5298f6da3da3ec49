package io.keepflow.it.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.it.lab.Firewall;
import io.keepflow.it.lab.Lab;
import io.keepflow.it.lab.LabPlan;
import io.keepflow.it.lab.Poll;
import io.keepflow.it.lab.failover.FailoverReport;
import io.keepflow.it.lab.failover.FailoverScenario;
import io.keepflow.it.lab.kernel.KernelComparison;
import io.keepflow.it.lab.replication.Keepflow;
import io.keepflow.it.lab.replication.NodeMetrics;
import io.keepflow.it.lab.traffic.Traffic;
import io.keepflow.it.lab.traffic.TrafficPlan;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Somebody changes a firewall's conntrack table by hand, seen by the node or not: the owner's kernel is right on all nodes, what
 * was repaired is counted, and what passes goes on. Each change is made to an entry of its own.
 */
class ForeignChangesIT {
    private static final int FIRST_PORT = 1024;
    private static final int FLOWS = 200;
    private static final int FIRST_OF_FLOOD = 10_000;
    private static final int FLOOD = 2_000;
    private static final int BY_HAND_ON_STANDBY = 30_001;
    private static final int BY_HAND_ON_ACTIVE = 30_003;
    private static final int SHORT_TIMEOUT_SECONDS = 60;
    private static final Duration LIMIT = Duration.ofSeconds(30);

    /** So small that a flood overruns it while the node is frozen, and again the next time. */
    private static final String SMALL_EVENT_BUFFER = """

            [table]
            event_buffer_bytes = 131072
            event_buffer_max_bytes = 131072
            """;

    @Test
    void theOwnersKernelIsRightEverywhere() throws Exception {
        try (Bed bed = new Bed();
                Traffic traffic = Traffic.open(bed.lab, TrafficPlan.of(5, 3))) {
            create(bed.active, 0, FLOWS);
            bed.awaitSame(FLOWS);
            onTheStandby(bed);
            goesOn(traffic);
            onTheActive(bed);
            goesOn(traffic);
            unseenByTheStandby(bed);
            unseenByTheActive(bed);
            goesOn(traffic);
            FailoverReport report = bed.scenario.failOver(bed.active, traffic);
            assertThat(report.everythingSurvived()).as("%s", report).isTrue();
        }
    }

    private static void onTheStandby(Bed bed) throws Exception {
        Firewall standby = bed.standby;
        double restored = bed.counted(standby, "restored");
        standby.namespace().exec("conntrack", "--flush");
        bed.awaitSame(FLOWS);
        assertThat(bed.counted(standby, "restored") - restored).isGreaterThanOrEqualTo(FLOWS);

        restored = bed.counted(standby, "restored");
        change(standby, "--delete", 1);
        bed.awaitCounted(standby, "restored", restored + 1);
        bed.awaitSame(FLOWS);

        double rewritten = bed.counted(standby, "rewritten");
        change(standby, "--update", 2, "--mark", "7");
        bed.awaitCounted(standby, "rewritten", rewritten + 1);
        bed.awaitSame(FLOWS);

        change(standby, "--update", 3, "--state", "TIME_WAIT");
        bed.awaitCounted(standby, "rewritten", rewritten + 2);
        bed.awaitSame(FLOWS);

        change(standby, "--update", 5, "--timeout", Integer.toString(SHORT_TIMEOUT_SECONDS));
        bed.awaitCounted(standby, "rewritten", rewritten + 3);
        Poll.until("the timeout is the owner's again", LIMIT, () -> timeout(standby, 5) > SHORT_TIMEOUT_SECONDS);
    }

    private static void onTheActive(Bed bed) throws Exception {
        change(bed.active, "--delete", 6);
        bed.awaitSame(FLOWS - 1);
        assertThat(bed.standby.flows().timeoutOf(text(6))).isNull();

        change(bed.active, "--update", 7, "--mark", "8");
        Poll.until(
                "the mark is at the standby", LIMIT, () -> find(bed.standby, 7).contains("mark=8"));
        bed.awaitSame(FLOWS - 1);

        create(bed.active, BY_HAND_ON_ACTIVE, 1);
        bed.awaitSame(FLOWS);
        assertThat(bed.standby.flows().timeoutOf(text(BY_HAND_ON_ACTIVE))).isNotNull();
    }

    /** An entry that somebody adds to a standby's kernel goes at the next audit, which the lost events bring about. */
    private static void unseenByTheStandby(Bed bed) throws Exception {
        Firewall standby = bed.standby;
        double found = bed.counted(standby, "found");
        create(standby, BY_HAND_ON_STANDBY, 1);
        bed.awaitCounted(standby, "found", found + 1);

        NodeMetrics before = bed.keepflow.metrics(standby);
        bed.whileFrozen(standby, () -> {
            create(standby, FIRST_OF_FLOOD, FLOOD);
            change(standby, "--delete", 9);
            change(standby, "--update", 10, "--mark", "9");
        });
        bed.awaitSame(FLOWS);
        assertThat(standby.flows().timeoutOf(text(BY_HAND_ON_STANDBY))).isNull();
        bed.assertOverrun(standby, before);
        bed.awaitAudited(standby, before, "restored", "rewritten", "found");
    }

    private static void unseenByTheActive(Bed bed) throws Exception {
        Firewall active = bed.active;
        NodeMetrics before = bed.keepflow.metrics(active);
        bed.whileFrozen(active, () -> {
            create(active, FIRST_OF_FLOOD, FLOOD);
            change(active, "--delete", 11);
            change(active, "--update", 13, "--mark", "10");
        });
        bed.awaitSame(FLOWS + FLOOD - 1);
        bed.assertOverrun(active, before);
        bed.awaitAudited(active, before, "ended", "followed", "found");
        assertThat(bed.standby.flows().timeoutOf(text(11))).isNull();
        assertThat(find(bed.standby, 13)).contains("mark=10");
    }

    private static void goesOn(Traffic traffic) throws Exception {
        traffic.mark();
        traffic.awaitAllAlive(LIMIT);
        assertThat(traffic.report().allSurvived()).as("%s", traffic.report()).isTrue();
    }

    private static void change(Firewall firewall, String command, int flow, String... values) throws Exception {
        firewall.namespace().exec(words(command, flow, values));
    }

    private static String find(Firewall firewall, int flow) throws Exception {
        return firewall.namespace().exec(words("--dump", flow)).strip();
    }

    /** The conntrack tool, on one of the flows. */
    private static String[] words(String command, int flow, String... values) {
        return Stream.concat(
                        Stream.of(
                                "conntrack",
                                command,
                                "--orig-dst",
                                "10.2.7.1",
                                "--proto",
                                "tcp",
                                "--sport",
                                sourcePort(flow)),
                        Stream.of(values))
                .toArray(String[]::new);
    }

    private static int timeout(Firewall firewall, int flow) throws Exception {
        Integer seconds = firewall.flows().timeoutOf(text(flow));
        return seconds == null ? 0 : seconds;
    }

    private static String text(int flow) {
        return " sport=" + sourcePort(flow) + " ";
    }

    private static String sourcePort(int flow) {
        return Integer.toString(FIRST_PORT + flow);
    }

    /** Not translated, for the conntrack tool cannot change an entry that is. */
    private static void create(Firewall firewall, int first, int count) throws Exception {
        Path file = firewall.directory().resolve("foreign-flows.txt");
        List<String> lines = IntStream.range(first, first + count)
                .mapToObj(i ->
                        "--create --orig-src 10.1.7.1 --orig-dst 10.2.7.1 --protonum tcp --sport %s --dport 443 --state ESTABLISHED --status SEEN_REPLY,ASSURED --timeout 7200"
                                .formatted(sourcePort(i)))
                .toList();
        Files.write(file, lines);
        firewall.namespace().exec("conntrack", "--load-file", file.toString());
        Files.delete(file);
    }

    /** Something that somebody does by hand. */
    private interface Change {
        void make() throws Exception;
    }

    /** Two firewalls, one of them active. */
    private static final class Bed implements AutoCloseable {
        final Lab lab = Lab.open(LabPlan.ofFirewalls(2).withAdvertInterval(Duration.ofMillis(500)));
        final Keepflow keepflow = Keepflow.fromDistribution().alsoConfigured(SMALL_EVENT_BUFFER);
        final FailoverScenario scenario = new FailoverScenario(lab, keepflow, System.out::println);
        final Firewall active;
        final Firewall standby;

        Bed() throws Exception {
            try {
                active = scenario.start();
                standby = lab.othersThan(active).getFirst();
            } catch (Exception e) {
                close();
                throw e;
            }
        }

        /** Waits until both kernels hold the same, at least so many. */
        void awaitSame(int atLeast) throws Exception {
            Poll.until("both kernels hold the same", LIMIT, () -> {
                KernelComparison comparison = KernelComparison.of(active, List.of(standby));
                return comparison.isEqual() && comparison.flows() >= atLeast;
            });
        }

        /** Differences of that kind that the node of a firewall has found, at an event or by an audit. */
        double counted(Firewall firewall, String kind) throws Exception {
            NodeMetrics metrics = keepflow.metrics(firewall);
            return differences(metrics, "event_" + kind) + differences(metrics, "audit_" + kind);
        }

        void awaitCounted(Firewall firewall, String kind, double atLeast) throws Exception {
            Poll.until(
                    firewall.name() + " has counted what it has " + kind,
                    LIMIT,
                    () -> counted(firewall, kind) >= atLeast);
        }

        void assertOverrun(Firewall firewall, NodeMetrics before) throws Exception {
            assertThat(keepflow.metrics(firewall).get("keepflow_netlink_overruns_total"))
                    .isGreaterThan(before.get("keepflow_netlink_overruns_total"));
        }

        /** Waits until audits have found some of each of these kinds. */
        void awaitAudited(Firewall firewall, NodeMetrics before, String... kinds) throws Exception {
            for (String kind : kinds) {
                Poll.until(
                        "an audit of " + firewall.name() + " has counted what it has " + kind,
                        LIMIT,
                        () -> differences(keepflow.metrics(firewall), "audit_" + kind)
                                > differences(before, "audit_" + kind));
            }
        }

        void whileFrozen(Firewall firewall, Change change) throws Exception {
            keepflow.freeze(firewall);
            try {
                change.make();
            } finally {
                keepflow.thaw(firewall);
            }
        }

        private static double differences(NodeMetrics metrics, String kind) {
            return metrics.get("keepflow_kernel_differences_total{kind=\"" + kind + "\"}");
        }

        @Override
        public void close() throws Exception {
            keepflow.close();
            lab.close();
        }
    }
}
