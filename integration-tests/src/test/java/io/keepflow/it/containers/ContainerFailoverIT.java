package io.keepflow.it.containers;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.it.containers.FirewallBed.Replication;
import io.keepflow.it.containers.Report.Tally;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Live conversations through a pair of firewalls in containers, whose active one is killed. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ContainerFailoverIT {
    private static final int TCP = 25;
    private static final int UDP = 10;
    private static final Duration VERDICT_WITHIN = Duration.ofSeconds(20);
    /** Long enough for several retransmissions of every connection. */
    private static final Duration LOST_FOR = Duration.ofSeconds(6);

    @SuppressWarnings("NullAway.Init") // by build(), before any test
    private static NodeImage image;

    @BeforeAll
    static void build() throws Exception {
        image = NodeImage.build();
    }

    @AfterAll
    static void removeImage() {
        if (image != null) {
            image.close();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"MULTICAST", "STATIC_MEMBERS"})
    void everyConversationOutlivesTheActive(Replication replication, TestInfo test) {
        try (FirewallBed bed = FirewallBed.start(image, replication, logs(test))) {
            bed.converse(TCP, UDP);
            loseTheActive(bed);
        }
    }

    @Test
    void theFirewallThatCameBackTakesOverInTurn(TestInfo test) {
        try (FirewallBed bed = FirewallBed.start(image, Replication.MULTICAST, logs(test))) {
            bed.converse(TCP, UDP);
            Machine first = loseTheActive(bed);
            first.restorePower();
            bed.awaitHealthy();
            assertThat(bed.standby()).as("who came back does not preempt").isSameAs(first);
            Machine second = loseTheActive(bed);
            assertThat(second).isNotSameAs(first);
        }
    }

    @Test
    void withoutReplicationEveryConversationIsLost(TestInfo test) {
        try (FirewallBed bed = FirewallBed.start(image, Replication.NONE, logs(test))) {
            bed.converse(TCP, UDP);
            bed.active().cutPower();
            bed.drawLine();
            Report report = bed.verdict(LOST_FOR);
            assertThat(report.tcp4().alive()).as("%s", report).isZero();
            assertThat(report.tcp6().alive()).as("%s", report).isZero();
            assertThat(report.udp4().sameMapping()).as("%s", report).isZero();
            assertThat(report.udp6().sameMapping()).as("%s", report).isZero();
            // The survivor forwards: it is the state that was lost, not the road.
            assertThat(report.udp4().alive()).as("%s", report).isEqualTo(UDP);
            assertThat(report.udp6().alive()).as("%s", report).isEqualTo(UDP);
        }
    }

    private static Machine loseTheActive(FirewallBed bed) {
        Machine active = bed.active();
        bed.awaitFlows(bed.standby(), 2 * TCP, 2 * UDP);
        active.cutPower();
        bed.drawLine();
        Report report = bed.verdict(VERDICT_WITHIN);
        assertThat(report.tcp4()).as("%s", report).isEqualTo(Tally.all(TCP, 0));
        assertThat(report.tcp6()).as("%s", report).isEqualTo(Tally.all(TCP, 0));
        assertThat(report.udp4()).as("%s", report).isEqualTo(Tally.all(UDP, UDP));
        assertThat(report.udp6()).as("%s", report).isEqualTo(Tally.all(UDP, UDP));
        return active;
    }

    private static Path logs(TestInfo test) {
        String method = test.getTestMethod().orElseThrow().getName();
        String title = test.getDisplayName().replace(method + "(TestInfo)", "");
        return Path.of("target", "containers", (method + title).replaceAll("[^A-Za-z0-9]+", "-"));
    }
}
