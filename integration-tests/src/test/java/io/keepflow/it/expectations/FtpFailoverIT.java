package io.keepflow.it.expectations;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.it.lab.Family;
import io.keepflow.it.lab.Firewall;
import io.keepflow.it.lab.Lab;
import io.keepflow.it.lab.LabPlan;
import io.keepflow.it.lab.failover.FailoverScenario;
import io.keepflow.it.lab.replication.Keepflow;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** FTP by curl and vsftpd: the firewall that has heard where the data will go dies before the data connection is opened. */
class FtpFailoverIT {
    private static final int TRANSFER_SECONDS = 60;

    enum Mode {
        ACTIVE,
        PASSIVE
    }

    @ParameterizedTest
    @CsvSource({
        "PASSIVE, IPV4, false",
        "PASSIVE, IPV4, true",
        "PASSIVE, IPV6, false",
        "ACTIVE, IPV4, false",
        "ACTIVE, IPV4, true",
        "ACTIVE, IPV6, true"
    })
    void theDataConnectionOpensAfterTheFailover(
            Mode mode, Family family, boolean toPublicAddress, @TempDir Path directory) throws Exception {
        ServedFile served = ServedFile.in(directory);
        Path copy = directory.resolve("copy");
        try (Lab lab = Lab.open(LabPlan.ofFirewalls(2));
                Keepflow keepflow = Keepflow.fromDistribution()) {
            HelperRules.add(lab);
            Firewall active = new FailoverScenario(lab, keepflow, System.out::println).start();
            ExpectedFailover failover = new ExpectedFailover(lab, active);
            String server = toPublicAddress ? HelperRules.publicAddress(family) : family.server();
            try (FtpServer ignored = FtpServer.start(lab, directory, served)) {
                Gate gate = mode == Mode.PASSIVE
                        ? Gate.shut(lab.client(), "lan0", "tcp dport != 21")
                        : Gate.shut(lab.server(), "wan0", "tcp sport 20");
                Process client = lab.client()
                        .process(curl(mode, server, copy))
                        .redirectErrorStream(true)
                        .start();
                failover.awaitExpectations(1);
                failover.happen();
                failover.assertWasReplicated();
                gate.open();

                assertThat(client.waitFor(TRANSFER_SECONDS, TimeUnit.SECONDS))
                        .as("the transfer ends")
                        .isTrue();
                assertThat(client.exitValue())
                        .as(
                                "curl: %s, at the new active: %s",
                                client.inputReader().lines().toList(), failover.flowsAfterwards())
                        .isZero();
                assertThat(served.isIn(copy)).as("the file came whole").isTrue();
            }
        }
    }

    private static String[] curl(Mode mode, String server, Path copy) {
        String host = server.contains(":") ? "[" + server + "]" : server;
        List<String> words = new ArrayList<>(
                List.of("curl", "-sS", "--max-time", String.valueOf(TRANSFER_SECONDS), "--output", copy.toString()));
        if (mode == Mode.ACTIVE) {
            words.addAll(List.of("--ftp-port", "-"));
        }
        if (host.equals(server)) {
            words.add(mode == Mode.ACTIVE ? "--disable-eprt" : "--disable-epsv");
        }
        words.add("ftp://" + host + "/file");
        return words.toArray(String[]::new);
    }
}
