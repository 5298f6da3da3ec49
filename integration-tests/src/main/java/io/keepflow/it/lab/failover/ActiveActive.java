package io.keepflow.it.lab.failover;

import io.keepflow.it.lab.Election;
import io.keepflow.it.lab.Firewall;
import io.keepflow.it.lab.Lab;
import io.keepflow.it.lab.LabPlan;
import io.keepflow.it.lab.Poll;
import io.keepflow.it.lab.replication.Keepflow;
import java.time.Duration;

/** Two firewalls that both forward: the first what the client sends, the second what the server answers. */
public final class ActiveActive {
    /** How often VRRP advertises: builds beside this one must not make the addresses move. */
    private static final Duration ADVERT_INTERVAL = Duration.ofMillis(500);

    private static final String LIBERAL = "net/netfilter/nf_conntrack_tcp_be_liberal";

    /** Each takes its address back some time after it is there again. */
    private static final Duration APART_LIMIT = Duration.ofSeconds(60);

    private static final Duration ROLE_LIMIT = Duration.ofSeconds(10);

    private final Lab lab;
    private final Keepflow keepflow;

    public ActiveActive(Lab lab, Keepflow keepflow) {
        this.lab = lab;
        this.keepflow = keepflow;
    }

    /** Two firewalls, {@code liberal} towards TCP segments that do not fit what they know of the windows, or not. */
    public static LabPlan plan(boolean liberal) {
        return LabPlan.ofFirewalls(2)
                .withElection(Election.APART)
                .withAdvertInterval(ADVERT_INTERVAL)
                .withSysctl(LIBERAL, liberal ? "1" : "0");
    }

    public Firewall first() {
        return lab.firewall(1);
    }

    public Firewall second() {
        return lab.firewall(2);
    }

    /** Starts nodes and keepalived on both. */
    public void start() throws Exception {
        for (Firewall firewall : lab.firewalls()) {
            keepflow.start(firewall);
            firewall.startKeepalived(null);
        }
    }

    /** Waits until each has its own address, and both nodes say that they are active. */
    public void awaitApart() throws Exception {
        Poll.until("each firewall has its own address", APART_LIMIT, this::isApart);
        for (Firewall firewall : lab.firewalls()) {
            Poll.until(
                    "the node of " + firewall.name() + " is active",
                    ROLE_LIMIT,
                    () -> "active".equals(keepflow.status(firewall).get("role")));
        }
    }

    private boolean isApart() throws Exception {
        return first().isClientsGateway()
                && second().isServersGateway()
                && !first().isServersGateway()
                && !second().isClientsGateway();
    }
}
