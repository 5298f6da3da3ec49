package io.keepflow.it.faults;

import io.keepflow.it.lab.BackgroundFlows;
import io.keepflow.it.lab.Command;
import io.keepflow.it.lab.Firewall;
import io.keepflow.it.lab.Lab;
import io.keepflow.it.lab.failover.Progress;
import io.keepflow.it.lab.replication.Keepflow;
import java.time.Duration;
import java.util.List;
import java.util.Random;

/** Lets faults happen to a lab's firewalls, and mends them; the same seed, the same faults. */
final class Faults {
    private static final int SHORTEST_MS = 1_000;
    private static final List<Integer> LOSSES = List.of(1, 5, 10, 20);
    private static final int CHURN_FLOWS = 2_000;
    private static final int CLIENTS_DELETED = 8;

    private final Lab lab;
    private final Keepflow keepflow;
    private final Random random;
    private final Duration longest;
    private final Duration longestFreeze;
    private final Progress progress;
    private int nextFlow;

    /**
     * For this lab.
     *
     * @param firstFlow number of the first background flow that is free
     */
    Faults(
            Lab lab,
            Keepflow keepflow,
            Random random,
            Duration longest,
            Duration longestFreeze,
            Progress progress,
            int firstFlow) {
        this.lab = lab;
        this.keepflow = keepflow;
        this.random = random;
        this.longest = longest;
        this.longestFreeze = longestFreeze;
        this.progress = progress;
        this.nextFlow = firstFlow;
    }

    /** Lets it happen; what passes by itself has passed when this returns. */
    void happen(Fault fault) throws Exception {
        Firewall active = lab.awaitMaster(lab.firewalls());
        Firewall standby = lab.othersThan(active).getFirst();
        Duration duration = upTo(isFreeze(fault) ? longestFreeze : longest);
        progress.report("%s, %.1f s; %s is active".formatted(fault, duration.toMillis() / 1000.0, active.name()));
        switch (fault) {
            case POWER_CUT -> powerCut(active, duration);
            case TAKEOVER -> takeover(active, duration);
            case STANDBY_OFF -> cut(standby, duration);
            case KILL_ACTIVE_NODE -> kill(active, duration);
            case KILL_STANDBY_NODE -> kill(standby, duration);
            case RESTART_ACTIVE_NODE -> restart(active);
            case RESTART_STANDBY_NODE -> restart(standby);
            case FREEZE_ACTIVE_NODE -> freeze(active, duration);
            case FREEZE_STANDBY_NODE -> freeze(standby, duration);
            case SYNC_CUT -> cutSync(random.nextBoolean() ? active : standby, duration);
            case SYNC_LOSS -> lose(LOSSES.get(random.nextInt(LOSSES.size())));
            case FLUSH_STANDBY -> standby.namespace().exec("conntrack", "--flush");
            case DELETE_ON_STANDBY -> deleteSome(standby);
            case CHURN -> churn(active);
        }
    }

    /** Ends what does not pass by itself. */
    void mend() throws Exception {
        for (Firewall firewall : lab.firewalls()) {
            firewall.reconnect();
            firewall.syncLink().lose(0);
        }
    }

    private static boolean isFreeze(Fault fault) {
        return fault == Fault.FREEZE_ACTIVE_NODE || fault == Fault.FREEZE_STANDBY_NODE;
    }

    private Duration upTo(Duration most) {
        return Duration.ofMillis(SHORTEST_MS + random.nextInt((int) most.toMillis() - SHORTEST_MS));
    }

    private void powerCut(Firewall active, Duration duration) throws Exception {
        active.cut();
        keepflow.kill(active);
        active.losePower();
        lab.awaitMaster(lab.othersThan(active));
        Thread.sleep(duration);
        active.reconnect();
        keepflow.start(active);
        active.startKeepalived(null);
    }

    private void takeover(Firewall active, Duration duration) throws Exception {
        active.cutNetworks();
        lab.awaitMaster(lab.othersThan(active));
        Thread.sleep(duration);
        active.reconnect();
    }

    private static void cut(Firewall firewall, Duration duration) throws Exception {
        firewall.cut();
        Thread.sleep(duration);
        firewall.reconnect();
    }

    private static void cutSync(Firewall firewall, Duration duration) throws Exception {
        firewall.cutSyncLink();
        Thread.sleep(duration);
        firewall.reconnect();
    }

    private void kill(Firewall firewall, Duration duration) throws Exception {
        keepflow.kill(firewall);
        Thread.sleep(duration);
        keepflow.start(firewall);
    }

    private void restart(Firewall firewall) throws Exception {
        keepflow.stop(firewall);
        keepflow.start(firewall);
    }

    private void freeze(Firewall firewall, Duration duration) throws Exception {
        keepflow.freeze(firewall);
        try {
            Thread.sleep(duration);
        } finally {
            keepflow.thaw(firewall);
        }
    }

    private void lose(int percent) throws Exception {
        progress.report("the sync link loses %d %% in each direction".formatted(percent));
        for (Firewall firewall : lab.firewalls()) {
            firewall.syncLink().lose(percent);
        }
    }

    private void churn(Firewall active) throws Exception {
        deleteSome(active);
        BackgroundFlows.create(active, nextFlow, CHURN_FLOWS);
        nextFlow += CHURN_FLOWS;
    }

    /** Entries of some clients. The tool exits with 1 when nothing matched. */
    private void deleteSome(Firewall firewall) throws Exception {
        for (int i = 0; i < CLIENTS_DELETED; i++) {
            String servers = "10.2." + (1 + random.nextInt(BackgroundFlows.CLIENTS)) + ".0/24";
            Command.run(List.of(
                    "ip",
                    "netns",
                    "exec",
                    firewall.namespace().name(),
                    "conntrack",
                    "--delete",
                    "--proto",
                    "tcp",
                    "--dport",
                    "443",
                    "--orig-dst",
                    servers));
        }
    }
}
