package io.keepflow.it.operate;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.it.lab.Firewall;
import io.keepflow.it.lab.Lab;
import io.keepflow.it.lab.LabPlan;
import io.keepflow.it.lab.Poll;
import io.keepflow.it.lab.kernel.FlowLoad;
import io.keepflow.it.lab.kernel.KernelComparison;
import io.keepflow.it.lab.replication.Keepflow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** A standby that starts with an empty kernel hears of no new entries while it takes in the snapshot, and misses nothing by that. */
class FreshStandbyIT {
    private static final int FLOWS = 150_000;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** A node compares itself with its kernel every 60 s anyway. */
    private static final Duration BEFORE_THE_NEXT_AUDIT = Duration.ofSeconds(30);

    private static final String NETLINK_NETFILTER = "12";

    /** Groups of a netlink socket, as a mask. */
    private static final long NEW_ENTRIES = 1;

    private static final long CHANGES = 2;

    @Test
    void whatAppearsOrTakesOverMeanwhileIsHeardOf() throws Exception {
        try (Lab lab = Lab.open(LabPlan.ofFirewalls(2).withTableSize(2 * FLOWS));
                Keepflow keepflow = Keepflow.fromDistribution()) {
            Firewall active = lab.firewall(1);
            Firewall standby = lab.firewall(2);
            keepflow.start(active);
            keepalivedSays(active, "MASTER");
            keepflow.start(standby);
            keepalivedSays(standby, "BACKUP");
            try (FlowLoad load = FlowLoad.into(active)) {
                load.create(0, FLOWS);
            }
            Poll.until("the standby holds all", LIMIT, () -> standby.flowCount() >= FLOWS);
            assertThat(hearsOfNewEntries(keepflow, standby)).isTrue();

            try (FlowLoad byHand = FlowLoad.into(standby)) {
                startAnew(keepflow, standby);
                byHand.create(FLOWS, FLOWS + 1);
                assertThat(hearsOfNewEntries(keepflow, standby))
                        .as("when the entry was made")
                        .isFalse();
            }
            Poll.until(
                    "the entry, which is nobody's, is found and removed",
                    BEFORE_THE_NEXT_AUDIT,
                    () -> KernelComparison.of(active, List.of(standby)).isEqual());
            assertThat(hearsOfNewEntries(keepflow, standby)).isTrue();

            startAnew(keepflow, standby);
            keepalivedSays(standby, "MASTER");
            Poll.until(
                    "it is active",
                    LIMIT,
                    () -> keepflow.status(standby).get("role").equals("active"));
            assertThat(hearsOfNewEntries(keepflow, standby)).isTrue();
            assertThat(standby.flowCount())
                    .as("so long before the snapshot's end")
                    .isLessThan(FLOWS);
        }
    }

    /** Until it is in the middle of the snapshot. */
    private static void startAnew(Keepflow keepflow, Firewall standby) throws Exception {
        keepflow.stop(standby);
        standby.namespace().exec("conntrack", "--flush");
        keepflow.start(standby);
        keepalivedSays(standby, "BACKUP");
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!isDeaf(keepflow, standby)) {
            assertThat(System.nanoTime()).as("deadline").isLessThan(deadline);
            Thread.sleep(1);
        }
    }

    private static boolean hearsOfNewEntries(Keepflow keepflow, Firewall firewall) throws IOException {
        return subscriptions(keepflow, firewall).anyMatch(groups -> (groups & NEW_ENTRIES) != 0);
    }

    private static boolean isDeaf(Keepflow keepflow, Firewall firewall) throws IOException {
        return subscriptions(keepflow, firewall).anyMatch(groups -> (groups & (NEW_ENTRIES | CHANGES)) == CHANGES);
    }

    /** The groups of the netfilter sockets in the firewall's namespace. */
    private static LongStream subscriptions(Keepflow keepflow, Firewall firewall) throws IOException {
        Path sockets = Path.of("/proc", Long.toString(keepflow.pid(firewall)), "net", "netlink");
        return Files.readAllLines(sockets).stream()
                .map(line -> line.split(" +"))
                .filter(columns -> columns[1].equals(NETLINK_NETFILTER))
                .mapToLong(columns -> Long.parseLong(columns[3], 16));
    }

    private static void keepalivedSays(Firewall firewall, String state) throws IOException {
        Files.writeString(firewall.notifyFifo(), "INSTANCE \"lan\" " + state + " 100\n", StandardOpenOption.WRITE);
    }
}
