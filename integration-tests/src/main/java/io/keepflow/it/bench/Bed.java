package io.keepflow.it.bench;

import io.keepflow.it.lab.Family;
import io.keepflow.it.lab.Firewall;
import io.keepflow.it.lab.Lab;
import io.keepflow.it.lab.LabPlan;
import io.keepflow.it.lab.Poll;
import java.io.IOException;
import java.time.Duration;

/**
 * A lab in which one contestant runs: the first firewall is active and holds the virtual addresses, the others are standby. Roles
 * are given by hand, no keepalived runs.
 */
final class Bed implements AutoCloseable {
    /** Of a connection's entry after its end; the kernel's 120 s would put the DESTROY events outside of any measurement. */
    private static final String TIME_WAIT_SECONDS = "1";

    private static final Duration START_LIMIT = Duration.ofSeconds(30);

    /** The daemons' own traffic on the sync link has entries, too. */
    private static final long OWN_ENTRIES = 30;

    private final Lab lab;
    private final Contestant contestant;

    private Bed(Lab lab, Contestant contestant) {
        this.lab = lab;
        this.contestant = contestant;
    }

    /** A lab with room for that many flows, in which nothing runs yet. */
    static Bed open(Contestant contestant, int firewalls, long tableSize) throws Exception {
        LabPlan plan = LabPlan.ofFirewalls(firewalls)
                .withTableSize(tableSize)
                .withSysctl("net/netfilter/nf_conntrack_tcp_timeout_time_wait", TIME_WAIT_SECONDS)
                .withSysctl("net/netfilter/nf_conntrack_tcp_timeout_close", TIME_WAIT_SECONDS);
        Bed bed = new Bed(Lab.open(plan), contestant);
        Cleanup.beforeExit(bed);
        try {
            bed.route();
        } catch (Exception e) {
            bed.close();
            throw e;
        }
        return bed;
    }

    /** A lab of two firewalls with both daemons running, in their roles. */
    static Bed running(Contestant contestant, long tableSize) throws Exception {
        Bed bed = open(contestant, 2, tableSize);
        try {
            bed.startAll();
        } catch (Exception e) {
            bed.close();
            throw e;
        }
        return bed;
    }

    Lab lab() {
        return lab;
    }

    Contestant contestant() {
        return contestant;
    }

    Tool tool() {
        return contestant.tool();
    }

    Firewall active() {
        return lab.firewall(1);
    }

    Firewall standby() {
        return lab.firewall(2);
    }

    void startAll() throws Exception {
        for (Firewall firewall : lab.firewalls()) {
            start(firewall);
        }
        awaitSameTables(START_LIMIT);
    }

    /** Starts the firewall's daemon and gives it its role. */
    void start(Firewall firewall) throws Exception {
        contestant.start(firewall);
        if (firewall == active()) {
            contestant.promote(firewall);
        } else {
            contestant.demote(firewall);
        }
    }

    /** Until the standbys' kernels hold as many flows as the active firewall's, but for a few of the daemons' own. */
    void awaitSameTables(Duration limit) throws Exception {
        Poll.until("the standbys' kernels hold what the active firewall's holds", limit, () -> {
            contestant.requireHealthy();
            return holdTheSame();
        });
    }

    boolean holdTheSame() throws Exception {
        long flows = active().flowCount();
        for (Firewall other : lab.othersThan(active())) {
            if (Math.abs(other.flowCount() - flows) > OWN_ENTRIES) {
                return false;
            }
        }
        return true;
    }

    /** Until no flows but the daemons' own are left, on any firewall. */
    void awaitEmptyTables(Duration limit) throws Exception {
        Poll.until("the flows of all firewalls have ended", limit, () -> {
            contestant.requireHealthy();
            for (Firewall firewall : lab.firewalls()) {
                if (firewall.flowCount() > OWN_ENTRIES) {
                    return false;
                }
            }
            return true;
        });
    }

    private void route() throws IOException {
        for (Family family : Family.values()) {
            String length = family == Family.IPV4 ? "/24" : "/64";
            hold(family.clientVirtual() + length, "lan0");
            hold(family.serverVirtual() + length, "wan0");
        }
    }

    private void hold(String address, String device) throws IOException {
        active().namespace().exec("ip", "address", "add", address, "dev", device, "nodad");
    }

    @Override
    public synchronized void close() throws IOException {
        contestant.close();
        lab.close();
        Cleanup.done(this);
    }
}
