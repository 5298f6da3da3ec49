package io.keepflow.it.operate;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.it.lab.Command;
import io.keepflow.it.lab.Firewall;
import io.keepflow.it.lab.Lab;
import io.keepflow.it.lab.LabPlan;
import io.keepflow.it.lab.Poll;
import io.keepflow.it.lab.kernel.FlowLoad;
import io.keepflow.it.lab.kernel.KernelComparison;
import io.keepflow.it.lab.replication.Keepflow;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * {@code keepflow verify} and {@code keepflow resync} on a standby whose kernel tells nothing of its changes: events are switched
 * off there, so nothing but a comparison finds them.
 */
class VerifyAndResyncIT {
    private static final int FLOWS = 5_000;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @Test
    void whatVerifyPrintsIsRepairedAndAResyncFetchesEverything() throws Exception {
        try (Lab lab = Lab.open(LabPlan.ofFirewalls(2).withTableSize(2 * FLOWS));
                Keepflow keepflow = Keepflow.fromDistribution()) {
            Firewall active = lab.firewall(1);
            Firewall standby = lab.firewall(2);
            keepflow.start(active);
            keepflow.start(standby);
            keepflow.cli(active, "promote");
            keepflow.cli(standby, "demote");
            standby.namespace().exec("sysctl", "-qw", "net.netfilter.nf_conntrack_events=0");
            try (FlowLoad load = FlowLoad.into(active)) {
                load.create(0, FLOWS);
            }
            Poll.until(
                    "the standby holds all",
                    LIMIT,
                    () -> standby.flowCount() >= FLOWS
                            && keepflow.metrics(active).isInStep(standby.name()));
            Command equal = show(keepflow.cli(standby, "verify"));
            assertThat(equal.exit()).as(equal.output()).isZero();
            assertThat(equal.output())
                    .containsPattern("compared 5,[0-9]{3} entries of the kernel with the table in .*: no difference\n")
                    .endsWith("fw1: holds all of our flows; all 5,000 of its are here\n");

            try (FlowLoad load = FlowLoad.into(standby)) {
                load.end(0, 1);
                load.change(1, 2, 1);
                load.create(FLOWS, FLOWS + 1);
                assertDifferencesAreFoundAndRepaired(keepflow, active, standby);

                load.change(2, 3, 1);
                assertResyncFetchesEverything(keepflow, active, standby);
            }
        }
    }

    private static void assertDifferencesAreFoundAndRepaired(Keepflow keepflow, Firewall active, Firewall standby)
            throws Exception {
        Command found = show(keepflow.cli(standby, "verify"));
        assertThat(found.exit()).isEqualTo(1);
        assertThat(found.output().lines().map(line -> line.replaceAll(" .*: ", ": ")))
                .contains(
                        "missing: put back",
                        "different: rewritten as its owner has it",
                        "extra: taken in",
                        "  1 missing, put back",
                        "  1 extra, taken in",
                        "  1 different, rewritten as its owner has it");
        assertThat(found.output()).contains(": 3 differences\n");
        assertThat(keepflow.metrics(standby).get("keepflow_audit_last_differences{kind=\"restored\"}"))
                .isEqualTo(1);
        assertThat(keepflow.status(standby).get("lastAudit.differences")).isEqualTo("3");
        Poll.until("the kernels are the same", LIMIT, () -> areEqual(active, standby));
        Command repaired = show(keepflow.cli(standby, "verify", "-o", "json"));
        assertThat(repaired.exit()).isZero();
        assertThat(repaired.output()).startsWith("{\"differences\":[],\"more\":0,\"audit\":{");
    }

    private static void assertResyncFetchesEverything(Keepflow keepflow, Firewall active, Firewall standby)
            throws Exception {
        double before = keepflow.metrics(standby).get("keepflow_resyncs_total{result=\"snapshot_received\"}");
        Command resync = show(keepflow.cli(standby, "resync", "--peer", active.name()));
        assertThat(resync.exit()).as(resync.output()).isZero();
        assertThat(resync.output()).startsWith("fw1: all 5,000 flows are here, fetched anew in ");
        assertThat(keepflow.metrics(standby).get("keepflow_resyncs_total{result=\"snapshot_received\"}"))
                .isEqualTo(before + 1);
        Poll.until("the kernels are the same", LIMIT, () -> areEqual(active, standby));
        Command nobody = show(keepflow.cli(standby, "resync", "--peer", "fw9"));
        assertThat(nobody.exit()).isEqualTo(1);
        assertThat(nobody.errors().replaceAll("\\s+", " ")).contains("there is no peer fw9; known are fw1");
    }

    private static boolean areEqual(Firewall active, Firewall standby) throws Exception {
        return KernelComparison.of(active, List.of(standby)).isEqual();
    }

    private static Command show(Command command) {
        System.out.print(command.output() + command.errors());
        return command;
    }
}
