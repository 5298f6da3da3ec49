package io.keepflow.it.expectations;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.it.lab.Daemon;
import io.keepflow.it.lab.Family;
import io.keepflow.it.lab.Firewall;
import io.keepflow.it.lab.Lab;
import io.keepflow.it.lab.LabPlan;
import io.keepflow.it.lab.failover.FailoverScenario;
import io.keepflow.it.lab.replication.Keepflow;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** TFTP by curl and tftpd-hpa: the server answers from a port of its own, after the firewall that expected it has died. */
class TftpFailoverIT {
    private static final int TRANSFER_SECONDS = 60;

    @ParameterizedTest
    @EnumSource(Family.class)
    void theAnswerPassesAfterTheFailover(Family family, @TempDir Path directory) throws Exception {
        ServedFile served = ServedFile.in(directory);
        Path copy = directory.resolve("copy");
        try (Lab lab = Lab.open(LabPlan.ofFirewalls(2));
                Keepflow keepflow = Keepflow.fromDistribution()) {
            HelperRules.add(lab);
            Firewall active = new FailoverScenario(lab, keepflow, System.out::println).start();
            ExpectedFailover failover = new ExpectedFailover(lab, active);
            try (Daemon ignored = Daemon.start(
                    "tftpd",
                    lab.server(),
                    directory.resolve("tftpd.log"),
                    List.of("in.tftpd", "-L", "-s", served.directory().toString()))) {
                Gate gate = Gate.shut(lab.server(), "wan0", "udp sport != 69");
                String host = family == Family.IPV6 ? "[" + family.server() + "]" : family.server();
                Process client = lab.client()
                        .process(
                                "curl",
                                "-sS",
                                "--max-time",
                                String.valueOf(TRANSFER_SECONDS),
                                "--output",
                                copy.toString(),
                                "tftp://" + host + "/file")
                        .redirectErrorStream(true)
                        .start();
                failover.awaitExpectations(1);
                failover.happen();
                gate.open();

                assertThat(client.waitFor(TRANSFER_SECONDS, TimeUnit.SECONDS)).isTrue();
                assertThat(client.exitValue())
                        .as("curl: %s", client.inputReader().lines().toList())
                        .isZero();
                assertThat(served.isIn(copy)).as("the file came whole").isTrue();
                failover.assertWasReplicated();
            }
        }
    }
}
