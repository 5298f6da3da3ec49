package io.keepflow.it.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** keepalived of one firewall: VRRPv3 at 100 ms, both families on both networks in one group that moves as one. */
final class Keepalived {
    static final String LOG = "keepalived.log";
    private static final int FIRST_PRIORITY = 200;
    private static final int PRIORITY_STEP = 20;
    private static final String GROUP = "EDGE";

    private final Firewall firewall;
    private final Path directory;

    Keepalived(Firewall firewall) {
        this.firewall = firewall;
        this.directory = firewall.directory();
    }

    /** Starts keepalived; {@code notifyScript} is called with master, backup or fault, as its first word. */
    Daemon start(@Nullable Path notifyScript) throws IOException {
        Path config = directory.resolve("keepalived.conf");
        Files.writeString(config, config(notifyScript));
        return Daemon.start(
                "keepalived of " + firewall.name(),
                firewall.namespace(),
                directory.resolve(LOG),
                List.of(
                        "keepalived",
                        "--dont-fork",
                        "--log-console",
                        "--log-detail",
                        "--vrrp",
                        "--use-file=" + config,
                        "--pid=" + directory.resolve("keepalived.pid"),
                        "--vrrp_pid=" + directory.resolve("keepalived-vrrp.pid")));
    }

    // Real-time priority: a busy machine must not delay the advertisements, or the firewalls take turns as master. The
    // limit
    // of run time that comes with it is 10 ms by default, which setting the addresses exceeds: keepalived would be
    // killed.
    private String config(@Nullable Path notifyScript) {
        StringBuilder text = new StringBuilder();
        text.append("""
                global_defs {
                  router_id %s
                  vrrp_version 3
                  vrrp_notify_fifo %s
                  vrrp_garp_master_delay 1
                  vrrp_rt_priority 50
                  vrrp_rlimit_rttime 2000000
                  script_user root
                  enable_script_security
                }
                """.formatted(firewall.name(), firewall.notifyFifo()));
        text.append("vrrp_sync_group ").append(GROUP).append(" {\n  group { lan4 lan6 wan4 wan6 }\n");
        if (notifyScript != null) {
            for (String state : List.of("master", "backup", "fault")) {
                text.append("  notify_%s \"%s %s\"\n".formatted(state, notifyScript, state));
            }
        }
        text.append("}\n");
        text.append(instance("lan4", Network.Link.CLIENT_LAN, 41, Family.IPV4, Family.IPV4.clientVirtual()));
        text.append(instance("lan6", Network.Link.CLIENT_LAN, 61, Family.IPV6, Family.IPV6.clientVirtual()));
        text.append(instance("wan4", Network.Link.SERVER_LAN, 42, Family.IPV4, Family.IPV4.serverVirtual()));
        text.append(instance("wan6", Network.Link.SERVER_LAN, 62, Family.IPV6, Family.IPV6.serverVirtual()));
        return text.toString();
    }

    // A firewall that comes back stays backup (nopreempt): it takes over again only when it is needed.
    private String instance(String name, Network.Link link, int router, Family family, String virtual) {
        return """
                vrrp_instance %s {
                  state BACKUP
                  nopreempt
                  interface %s
                  virtual_router_id %d
                  priority %d
                  advert_int 0.1
                  virtual_ipaddress {
                    %s dev %s
                  }
                }
                """.formatted(
                        name,
                        link.device(),
                        router,
                        FIRST_PRIORITY - PRIORITY_STEP * firewall.index(),
                        family.withLength(virtual),
                        link.device());
    }
}
