package io.keepflow.it.expectations;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.it.lab.Family;
import io.keepflow.it.lab.Firewall;
import io.keepflow.it.lab.Lab;
import io.keepflow.it.lab.LabPlan;
import io.keepflow.it.lab.Poll;
import io.keepflow.it.lab.failover.FailoverScenario;
import io.keepflow.it.lab.replication.Keepflow;
import java.io.Writer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One FTP session of lftp that goes on after the failover: the helper of the new active must read along on the control connection,
 * whose sequence numbers have been shifted by the addresses that the old one rewrote.
 */
class FtpSessionIT {
    private static final Duration TRANSFER_LIMIT = Duration.ofSeconds(30);

    @Test
    void transfersGoOnInTheSameSession(@TempDir Path directory) throws Exception {
        ServedFile served = ServedFile.in(directory);
        try (Lab lab = Lab.open(LabPlan.ofFirewalls(2));
                Keepflow keepflow = Keepflow.fromDistribution()) {
            HelperRules.add(lab);
            FailoverScenario scenario = new FailoverScenario(lab, keepflow, System.out::println);
            Firewall active = scenario.start();
            Process client = lab.client()
                    .process("lftp")
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("lftp.log").toFile())
                    .start();
            try (FtpServer server = FtpServer.start(lab, directory, served);
                    Writer commands = client.outputWriter()) {
                say(commands, "set net:max-retries 1", "set net:timeout 30", "set ftp:prefer-epsv no");
                say(commands, "set ftp:use-feat no", "open ftp://" + HelperRules.publicAddress(Family.IPV4));
                transfer(commands, served, directory.resolve("before-passive"), true);
                transfer(commands, served, directory.resolve("before-active"), false);
                assertThat(scenario.awaitReplicated(active)).isTrue();

                active.cut();
                lab.awaitMaster(List.copyOf(lab.othersThan(active)));

                transfer(commands, served, directory.resolve("after-active"), false);
                transfer(commands, served, directory.resolve("after-passive"), true);
                say(commands, "exit");
                assertThat(client.waitFor(10, TimeUnit.SECONDS)).isTrue();
                assertThat(server.connections()).as("control connections").isEqualTo(1);
            } finally {
                client.destroy();
            }
        }
    }

    private static void transfer(Writer commands, ServedFile served, Path copy, boolean passive) throws Exception {
        say(commands, "set ftp:passive-mode " + passive, "get file -o " + copy);
        Poll.until("lftp has got " + copy, TRANSFER_LIMIT, () -> served.isIn(copy));
    }

    private static void say(Writer commands, String... lines) throws Exception {
        for (String line : lines) {
            commands.write(line + "\n");
        }
        commands.flush();
    }
}
