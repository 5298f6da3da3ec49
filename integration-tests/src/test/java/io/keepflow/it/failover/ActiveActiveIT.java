package io.keepflow.it.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.it.lab.Election;
import io.keepflow.it.lab.Firewall;
import io.keepflow.it.lab.Lab;
import io.keepflow.it.lab.LabPlan;
import io.keepflow.it.lab.Poll;
import io.keepflow.it.lab.replication.Keepflow;
import io.keepflow.it.lab.replication.NodeMetrics;
import io.keepflow.it.lab.traffic.ShortConnections;
import io.keepflow.it.lab.traffic.Traffic;
import io.keepflow.it.lab.traffic.TrafficPlan;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** explore. */
class ActiveActiveIT {
    @Test
    void explore() throws Exception {
        String liberal = System.getProperty("lib", "1");
        try (Lab lab = Lab.open(LabPlan.ofFirewalls(2)
                        .withElection(Election.APART)
                        .withSysctl("net/netfilter/nf_conntrack_tcp_be_liberal", liberal));
                Keepflow keepflow = Keepflow.fromDistribution()) {
            for (Firewall f : lab.firewalls()) {
                keepflow.start(f);
                f.startKeepalived(null);
            }
            Poll.until("apart", Duration.ofSeconds(40), () -> lab.firewall(1).isClientsGateway()
                    && !lab.firewall(1).isServersGateway() && lab.firewall(2).isServersGateway());
            say("apart");
            Poll.until("both active", Duration.ofSeconds(5), () -> "active".equals(keepflow.status(lab.firewall(1)).get("role"))
                    && "active".equals(keepflow.status(lab.firewall(2)).get("role")));
            counts(lab, keepflow);
            Traffic traffic;
            try {
              traffic = Traffic.open(lab, TrafficPlan.of(Integer.getInteger("conns", 50), 10));
            } catch (Exception e) {
              System.out.println(e);
              counts(lab, keepflow);
              return;
            }
            try (traffic) {
                say("open");
                counts(lab, keepflow);
                Thread.sleep(3000);
                counts(lab, keepflow);
                System.out.println(traffic.report());
                try (ShortConnections s = traffic.openShort(20)) {
                    Thread.sleep(10_000);
                    s.stop();
                    Thread.sleep(3000);
                    System.out.println(s.report() + " " + s.failures());
                    System.out.println(s.report().toEstablishMs());
                }
                counts(lab, keepflow);
                System.out.println(traffic.report() + " " + traffic.failures());
                Thread.sleep(1000);
                System.out.println(lab.firewall(1).flows().missingIn(lab.firewall(2).flows()));
                System.out.println(lab.firewall(2).flows().missingIn(lab.firewall(1).flows()));
                for (int i = 1; i <= 2; i++) {
                    Firewall f = lab.firewall(i);
                    Firewall o = lab.firewall(3 - i);
                    say("cut " + f.name());
                    f.cutNetworks();
                    traffic.mark();
                    lab.awaitMaster(java.util.List.of(o));
                    Thread.sleep(3000);
                    System.out.println(traffic.report());
                    f.reconnect();
                    Poll.until("apart", Duration.ofSeconds(40), () -> lab.firewall(1).isClientsGateway()
                            && !lab.firewall(1).isServersGateway() && lab.firewall(2).isServersGateway());
                    say("back " + f.name());
                    traffic.mark();
                    Thread.sleep(3000);
                    System.out.println(traffic.report() + " " + traffic.failures());
                    counts(lab, keepflow);
                }
            }
        }
    }

    private static void say(String s) {
        System.out.println(java.time.LocalTime.now(java.time.ZoneOffset.UTC) + " " + s);
    }

    private static void counts(Lab lab, Keepflow keepflow) throws Exception {
        for (Firewall f : lab.firewalls()) {
            NodeMetrics m = keepflow.metrics(f);
            StringBuilder b = new StringBuilder(f.name());
            for (String n : java.util.List.of(
                    "keepflow_deltas_total{way=\"published\"}",
                    "keepflow_deltas_total{way=\"received\"}",
                    "keepflow_deltas_total{way=\"stale\"}",
                    "keepflow_ownership_moves_total",
                    "keepflow_ownership_conflicts_total",
                    "keepflow_events_total{type=\"update\"}",
                    "keepflow_flows{owner=\"self\"}",
                    "keepflow_injections_total{result=\"recreated\"}",
                    "keepflow_injections_total{result=\"kept\"}",
                    "keepflow_injections_total{result=\"updated\"}")) {
                b.append(' ').append(n.replace("keepflow_", "")).append('=').append((long) m.get(n));
            }
            say(b.toString());
        }
    }
}
