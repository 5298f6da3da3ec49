package io.keepflow.it.expectations;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.it.lab.Daemon;
import io.keepflow.it.lab.Family;
import io.keepflow.it.lab.Firewall;
import io.keepflow.it.lab.Lab;
import io.keepflow.it.lab.LabPlan;
import io.keepflow.it.lab.Poll;
import io.keepflow.it.lab.failover.FailoverScenario;
import io.keepflow.it.lab.replication.Keepflow;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A call by two sipp behind and before SNAT: what the callee says arrives though the firewall that saw the call begin is dead. */
class SipFailoverIT {
    private static final int CALLER_MEDIA_PORT = 6000;
    private static final int CALLEE_MEDIA_PORT = 7000;

    /** RTP and RTCP of both sides. */
    private static final int EXPECTATIONS = 4;

    private static final int WANTED_PACKETS = 50;
    private static final Pattern PACKETS = Pattern.compile("counter packets ([0-9]+)");

    @Test
    void mediaPassesAfterTheFailover(@TempDir Path directory) throws Exception {
        try (Lab lab = Lab.open(LabPlan.ofFirewalls(2));
                Keepflow keepflow = Keepflow.fromDistribution()) {
            HelperRules.add(lab);
            Firewall active = new FailoverScenario(lab, keepflow, System.out::println).start();
            ExpectedFailover failover = new ExpectedFailover(lab, active);
            lab.client().exec("nft", """
                table inet heard {
                  chain in { type filter hook input priority 0; udp dport %d udp sport %d counter; }
                }
                """.formatted(CALLER_MEDIA_PORT, CALLEE_MEDIA_PORT));
            Gate gate = Gate.shut(lab.server(), "wan0", "udp sport " + CALLEE_MEDIA_PORT);
            try (Daemon callee = callee(lab, directory);
                    Daemon caller = caller(lab, directory)) {
                failover.awaitExpectations(EXPECTATIONS);
                assertThat(heard(lab)).isZero();
                failover.happen();
                gate.open();

                Poll.until("media arrives", Duration.ofSeconds(20), () -> heard(lab) >= WANTED_PACKETS);
                callee.requireAlive();
                caller.requireAlive();
                failover.assertWasReplicated();
            }
        }
    }

    private static long heard(Lab lab) throws IOException {
        Matcher counter = PACKETS.matcher(lab.client().exec("nft", "list", "table", "inet", "heard"));
        return counter.find() ? Long.parseLong(counter.group(1)) : -1;
    }

    private static Daemon callee(Lab lab, Path directory) throws Exception {
        byte[] silence = new byte[80_000];
        Arrays.fill(silence, (byte) 0xff);
        Path tone = Files.write(directory.resolve("tone.ul"), silence);
        Path scenario = Files.writeString(
                directory.resolve("uas.xml"), resource("uas.xml").replace("[tone]", tone.toString()));
        Daemon callee = Daemon.start(
                "the callee",
                lab.server(),
                directory.resolve("uas.log"),
                sipp(scenario, Family.IPV4.server(), CALLEE_MEDIA_PORT, List.of()));
        Poll.until("the callee listens", Duration.ofSeconds(10), () -> {
            callee.requireAlive();
            return lab.server().exec("ss", "-Hlun", "sport = :5060").contains(":5060");
        });
        return callee;
    }

    private static Daemon caller(Lab lab, Path directory) throws Exception {
        Path scenario = Files.writeString(directory.resolve("uac.xml"), resource("uac.xml"));
        return Daemon.start(
                "the caller",
                lab.client(),
                directory.resolve("uac.log"),
                sipp(scenario, Family.IPV4.client(), CALLER_MEDIA_PORT, List.of(Family.IPV4.server() + ":5060")));
    }

    private static List<String> sipp(Path scenario, String address, int mediaPort, List<String> remote) {
        List<String> words = new ArrayList<>(List.of("sipp"));
        words.addAll(remote);
        words.addAll(List.of(
                "-sf",
                scenario.toString(),
                "-i",
                address,
                "-p",
                "5060",
                "-mp",
                String.valueOf(mediaPort),
                "-m",
                "1",
                "-nostdin"));
        return words;
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = SipFailoverIT.class.getResourceAsStream("/expectations/" + name)) {
            if (in == null) {
                throw new IOException("no " + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
