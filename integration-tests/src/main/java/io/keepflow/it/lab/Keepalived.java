package io.keepflow.it.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** keepalived of one firewall: VRRPv3 at 100 ms, both families on both networks. */
final class Keepalived {
    static final String LOG = "keepalived.log";
    private static final int FIRST_PRIORITY = 200;
    private static final int LAST_PRIORITY = 20;
    private static final int PRIORITY_STEP = 20;

    /** Longer than the nodes need to find each other again, and to bring each other up to date. */
    private static final int PREEMPT_DELAY_SECONDS = 12;

    private final Firewall firewall;
    private final Path directory;
    private final Election election;
    private final String advertSeconds;

    Keepalived(Firewall firewall, LabPlan plan) {
        this.firewall = firewall;
        this.election = plan.election();
        this.advertSeconds = "%.2f".formatted(plan.advertInterval().toMillis() / 1000.0);
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
        if (election == Election.TOGETHER) {
            text.append(group("EDGE", "lan4 lan6 wan4 wan6", notifyScript));
        } else {
            text.append(group("INSIDE", "lan4 lan6", notifyScript));
            text.append(group("OUTSIDE", "wan4 wan6", notifyScript));
        }
        text.append(instance("lan4", Network.Link.CLIENT_LAN, 41, Family.IPV4, Family.IPV4.clientVirtual()));
        text.append(instance("lan6", Network.Link.CLIENT_LAN, 61, Family.IPV6, Family.IPV6.clientVirtual()));
        text.append(instance("wan4", Network.Link.SERVER_LAN, 42, Family.IPV4, Family.IPV4.serverVirtual()));
        text.append(instance("wan6", Network.Link.SERVER_LAN, 62, Family.IPV6, Family.IPV6.serverVirtual()));
        return text.toString();
    }

    private static String group(String name, String instances, @Nullable Path notifyScript) {
        StringBuilder text = new StringBuilder("vrrp_sync_group %s {\n  group { %s }\n".formatted(name, instances));
        if (notifyScript != null) {
            for (String state : List.of("master", "backup", "fault")) {
                text.append("  notify_%s \"%s %s\"\n".formatted(state, notifyScript, state));
            }
        }
        return text.append("}\n").toString();
    }

    private String instance(String name, Network.Link link, int router, Family family, String virtual) {
        return """
                vrrp_instance %s {
                  state BACKUP
                  %s
                  interface %s
                  virtual_router_id %d
                  priority %d
                  advert_int %s
                  virtual_ipaddress {
                    %s dev %s
                  }
                }
                """.formatted(
                        name,
                        election == Election.TOGETHER ? "nopreempt" : "preempt_delay " + PREEMPT_DELAY_SECONDS,
                        link.device(),
                        router,
                        priority(link),
                        advertSeconds,
                        family.withLength(virtual),
                        link.device());
    }

    /** The first firewall is preferred; where the addresses are shared, the last is for the server's side. */
    private int priority(Network.Link link) {
        int step = PRIORITY_STEP * firewall.index();
        return election == Election.APART && link == Network.Link.SERVER_LAN
                ? LAST_PRIORITY + step
                : FIRST_PRIORITY - step;
    }
}
