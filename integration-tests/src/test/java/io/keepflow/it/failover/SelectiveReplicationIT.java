package io.keepflow.it.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.it.lab.Family;
import io.keepflow.it.lab.Firewall;
import io.keepflow.it.lab.Lab;
import io.keepflow.it.lab.LabPlan;
import io.keepflow.it.lab.Poll;
import io.keepflow.it.lab.failover.FailoverReport;
import io.keepflow.it.lab.failover.FailoverScenario;
import io.keepflow.it.lab.replication.Keepflow;
import io.keepflow.it.lab.replication.NodeMetrics;
import io.keepflow.it.lab.traffic.Traffic;
import io.keepflow.it.lab.traffic.TrafficPlan;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Two firewalls with a filter, from the distribution: what the standby's kernel has, what was sent, what survives. */
class SelectiveReplicationIT {
    private static final int EACH = 20;
    private static final int CONVERSATIONS = 5;
    private static final int MIN_AGE_SECONDS = 8;
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final String FLOW = "--timeout 600";
    private static final String CONNECTION = FLOW + " --state ESTABLISHED";

    private static final String RULES = """

            [replicate]
            include = [ { protocol = "tcp" }, { protocol = "udp", port = 5060 } ]
            exclude = [ { protocol = "tcp", port = 8080 }, { mark = "0x1/0x1" } ]
            """;

    @Test
    void whatIsLeftOutDoesNotReachTheStandbyAndTheRestSurvives() throws Exception {
        try (Bed bed = new Bed(RULES)) {
            create(bed.active, "tcp", 8080, CONNECTION);
            create(bed.active, "udp", 53, FLOW);
            create(bed.active, "tcp", 22, CONNECTION + " --mark 3");
            create(bed.active, "udp", 5060, FLOW);
            create(bed.active, "tcp", 443, CONNECTION);
            Poll.until(
                    "the standby has what is admitted",
                    LIMIT,
                    () -> count(bed.standby, 443) == EACH && count(bed.standby, 5060) == EACH);
            assertThat(count(bed.standby, 8080)).isZero();
            assertThat(count(bed.standby, 53)).isZero();
            assertThat(count(bed.standby, 22)).isZero();
            assertThat(bed.held()).isEqualTo(EACH);
            assertThat(bed.published()).isEqualTo(2 * EACH);

            change(bed.active, "--update", "tcp", 22, "--mark", "2");
            Poll.until("what lost the mark has come", LIMIT, () -> count(bed.standby, 22) == EACH);
            change(bed.active, "--update", "tcp", 443, "--mark", "1");
            Poll.until("what got the mark is withdrawn", LIMIT, () -> count(bed.standby, 443) == 0);
            assertThat(count(bed.active, 443)).isEqualTo(EACH);

            try (Traffic traffic = Traffic.open(bed.lab, TrafficPlan.of(CONVERSATIONS, CONVERSATIONS))) {
                bed.awaitSettled();
                assertOnlyTcpSurvives(bed.scenario.failOver(bed.active, traffic));
            }
            assertThat(count(bed.standby, 22)).isEqualTo(EACH);
            assertThat(count(bed.standby, 5060)).isEqualTo(EACH);
        }
    }

    /** UDP to another port than 5060 is left out: the other firewall translates it anew. */
    private static void assertOnlyTcpSurvives(FailoverReport report) {
        for (Family family : Family.values()) {
            assertThat(report.traffic().tcp(family).alive()).as("%s", report).isEqualTo(CONVERSATIONS);
            assertThat(report.traffic().udp(family).sameMapping())
                    .as("%s", report)
                    .isLessThan(CONVERSATIONS);
        }
    }

    @Test
    void whatLivesShorterThanTheMinimumNeverLeavesTheNode() throws Exception {
        try (Bed bed = new Bed("\n[replicate]\nmin_age = \"" + MIN_AGE_SECONDS + "s\"\n")) {
            create(bed.active, "udp", 53, FLOW);
            Poll.until("the short ones are held", LIMIT, () -> bed.held() == EACH);
            change(bed.active, "--delete", "udp", 53);
            Poll.until("the short ones have ended", LIMIT, () -> bed.held() == 0);
            long born = System.nanoTime();
            create(bed.active, "tcp", 443, CONNECTION);
            bed.await("the first has come", () -> count(bed.standby, 443) > 0);
            assertThat(Duration.ofNanos(System.nanoTime() - born))
                    .isGreaterThanOrEqualTo(Duration.ofSeconds(MIN_AGE_SECONDS));
            bed.await("all of them have come", () -> count(bed.standby, 443) == EACH);
            assertThat(bed.published()).as("deltas").isEqualTo(EACH);
            assertThat(count(bed.standby, 53)).isZero();
        }
    }

    @Test
    void whatIsNotAssuredStaysHere() throws Exception {
        try (Bed bed = new Bed("\n[replicate]\nonly_assured = true\n")) {
            create(bed.active, "tcp", 22, FLOW + " --state SYN_SENT");
            create(bed.active, "udp", 53, FLOW);
            create(bed.active, "tcp", 443, CONNECTION + " --status SEEN_REPLY,ASSURED");
            bed.await("the assured ones have come", () -> count(bed.standby, 443) == EACH);
            assertThat(bed.held()).isEqualTo(2 * EACH);
            change(bed.active, "--delete", "tcp", 22);
            bed.await("half-open ones have ended", () -> bed.held() == EACH);
            assertThat(bed.published()).as("deltas").isEqualTo(EACH);
            change(bed.active, "--update", "udp", 53, "--status", "SEEN_REPLY,ASSURED");
            bed.await("what was answered has come", () -> count(bed.standby, 53) == EACH);
            assertThat(bed.held()).isZero();
        }
    }

    private static void create(Firewall firewall, String protocol, int port, String more) throws Exception {
        Path file = firewall.directory().resolve("selective-flows.txt");
        List<String> lines = IntStream.rangeClosed(1, EACH)
                .mapToObj(i ->
                        "--create --orig-src 10.1.7.%d --orig-dst 10.2.7.1 --protonum %s --sport 4000 --dport %d %s"
                                .formatted(i, protocol, port, more))
                .toList();
        Files.write(file, lines);
        firewall.namespace().exec("conntrack", "--load-file", file.toString());
        Files.delete(file);
    }

    /** The conntrack tool, once for each flow of a port: told to update several, it fails with EPROTO. */
    private static void change(Firewall firewall, String command, String protocol, int port, String... values)
            throws Exception {
        String each = "conntrack %s --orig-src 10.1.7.$i --orig-dst 10.2.7.1 --proto %s --sport 4000 --dport %d %s"
                .formatted(command, protocol, port, String.join(" ", values));
        firewall.namespace().exec("sh", "-c", "for i in $(seq %d); do %s || exit 1; done".formatted(EACH, each));
    }

    private static long count(Firewall firewall, int port) throws Exception {
        String original = " dport=" + port + " src=";
        return firewall.namespace()
                .exec("sh", "-c", "conntrack --dump --orig-dst 10.2.7.1 2>/dev/null")
                .lines()
                .filter(entry -> entry.replace(" [UNREPLIED]", "").contains(original))
                .count();
    }

    /** Two firewalls with a filter, one of them active. */
    private static final class Bed implements AutoCloseable {
        final Lab lab = Lab.open(LabPlan.ofFirewalls(2).withAdvertInterval(Duration.ofMillis(500)));
        final Keepflow keepflow;
        final FailoverScenario scenario;
        final Firewall active;
        final Firewall standby;
        private final double publishedBefore;

        Bed(String filter) throws Exception {
            keepflow = Keepflow.fromDistribution().alsoConfigured(filter);
            scenario = new FailoverScenario(lab, keepflow, System.out::println);
            try {
                active = scenario.start();
                standby = lab.othersThan(active).getFirst();
                publishedBefore = allPublished();
            } catch (Exception e) {
                close();
                throw e;
            }
        }

        void await(String what, Callable<Boolean> condition) throws Exception {
            Poll.until(what, LIMIT, condition);
        }

        /** Flows that the active's filter holds back now. */
        double held() throws Exception {
            return keepflow.metrics(active).get("keepflow_held_flows");
        }

        /** Deltas that the active has sent since the start. */
        double published() throws Exception {
            return allPublished() - publishedBefore;
        }

        private double allPublished() throws Exception {
            return keepflow.metrics(active).get("keepflow_deltas_total{way=\"published\"}");
        }

        /** Waits until nothing waits to be sent or applied. */
        void awaitSettled() throws Exception {
            await("the standby is in step", () -> {
                NodeMetrics metrics = keepflow.metrics(active);
                return metrics.isInStep(standby.name())
                        && metrics.get("keepflow_backlog_flows{queue=\"publish\"}") == 0;
            });
        }

        @Override
        public void close() throws Exception {
            keepflow.close();
            lab.close();
        }
    }
}
