package io.keepflow.it.lab.replication;

import io.keepflow.it.lab.Daemon;
import io.keepflow.it.lab.Firewall;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The running daemons of a replication, one per firewall. */
final class Daemons {
    private final Map<String, Daemon> byFirewall = new LinkedHashMap<>();

    synchronized void add(Firewall firewall, Daemon daemon) {
        byFirewall.put(firewall.name(), daemon);
    }

    synchronized void stop(Firewall firewall) {
        Daemon daemon = byFirewall.remove(firewall.name());
        if (daemon != null) {
            daemon.close();
        }
    }

    synchronized Daemon of(Firewall firewall) {
        Daemon daemon = byFirewall.get(firewall.name());
        if (daemon == null) {
            throw new IllegalStateException("nothing was started on " + firewall.name());
        }
        return daemon;
    }

    synchronized void requireAlive() throws IOException {
        for (Daemon daemon : byFirewall.values()) {
            daemon.requireAlive();
        }
    }

    synchronized void closeAll() {
        List<Daemon> daemons = new ArrayList<>(byFirewall.values());
        byFirewall.clear();
        daemons.forEach(Daemon::close);
    }
}
