package io.keepflow.it.lab.replication;

import io.keepflow.it.lab.Command;
import io.keepflow.it.lab.Daemon;
import io.keepflow.it.lab.Family;
import io.keepflow.it.lab.Firewall;
import io.keepflow.it.lab.Poll;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** conntrackd in FTFW mode over multicast, with the notify script's calls that its documentation prescribes. */
public final class Conntrackd implements Replication {
    private static final Duration START_LIMIT = Duration.ofSeconds(10);
    private static final Pattern EXTERNAL_CACHE =
            Pattern.compile("cache external:\\s+current active connections:\\s+(\\d+)");
    private final boolean direct;
    private final Daemons daemons = new Daemons();

    private Conntrackd(boolean direct) {
        this.direct = direct;
    }

    /** With its default, the external cache, which is committed to the kernel at failover. */
    public static Conntrackd withExternalCache() {
        return new Conntrackd(false);
    }

    /** Without external cache: every flow is injected into the standby's kernel as it comes. */
    public static Conntrackd withDirectInjection() {
        return new Conntrackd(true);
    }

    /** Process id of that firewall's daemon. */
    public long pid(Firewall firewall) {
        return daemons.of(firewall).pid();
    }

    @Override
    public String name() {
        return direct ? "conntrackd-direct" : "conntrackd";
    }

    @Override
    public void start(Firewall firewall) throws Exception {
        launch(firewall);
        awaitReady(firewall);
    }

    /** The first half of {@link #start}: what then runs may not be ready yet. */
    public void launch(Firewall firewall) throws Exception {
        Path directory = firewall.directory();
        Files.deleteIfExists(directory.resolve("conntrackd.lock"));
        Path config = config(firewall);
        Files.writeString(config, configText(firewall));
        daemons.add(
                firewall,
                Daemon.start(
                        "conntrackd of " + firewall.name(),
                        firewall.namespace(),
                        directory.resolve("conntrackd-console.log"),
                        List.of("conntrackd", "-C", config.toString())));
    }

    private void awaitReady(Firewall firewall) throws Exception {
        Poll.until("conntrackd answers on " + firewall.name(), START_LIMIT, () -> {
            daemons.of(firewall).requireAlive();
            return cli(firewall, "-s").exit() == 0;
        });
    }

    @Override
    public void stop(Firewall firewall) {
        daemons.stop(firewall);
    }

    // The same calls in the same order as conntrackd's own primary-backup.sh.
    @Override
    public Path notifyScript(Firewall firewall) throws IOException {
        Path script = firewall.directory().resolve("conntrackd-notify.sh");
        Files.writeString(
                script, """
            #!/bin/sh
            conntrackd="/usr/sbin/conntrackd -C %1$s"
            case "$1" in
              master)
                $conntrackd -c
                $conntrackd -f
                $conntrackd -R
                $conntrackd -B
                ;;
              backup)
                $conntrackd -t
                $conntrackd -n
                ;;
              fault)
                $conntrackd -t
                ;;
            esac >>%2$s 2>&1
            """.formatted(config(firewall), firewall.directory().resolve("conntrackd-notify.log")));
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        return script;
    }

    @Override
    public boolean isHot() {
        return direct;
    }

    @Override
    public long held(Firewall standby) throws Exception {
        if (direct) {
            return standby.flowCount();
        }
        Matcher matcher = EXTERNAL_CACHE.matcher(cli(standby, "-s").output());
        return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
    }

    @Override
    public boolean isInStep(Firewall active, Firewall standby) {
        return true;
    }

    @Override
    public String lag(Firewall active) {
        return "";
    }

    @Override
    public void requireHealthy() throws IOException {
        daemons.requireAlive();
    }

    @Override
    public void close() {
        daemons.closeAll();
    }

    /** Has that firewall's daemon do what the words say, as {@code -s runtime}. */
    public Command cli(Firewall firewall, String... words) throws Exception {
        List<String> command = new ArrayList<>(List.of("ip", "netns", "exec"));
        command.addAll(List.of(firewall.namespace().name(), "conntrackd", "-C"));
        command.add(config(firewall).toString());
        command.addAll(List.of(words));
        return Command.run(command);
    }

    /** Where that firewall's daemon is asked. */
    public static Path socket(Firewall firewall) {
        return firewall.directory().resolve("conntrackd.ctl");
    }

    private static Path config(Firewall firewall) {
        return firewall.directory().resolve("conntrackd.conf");
    }

    private String configText(Firewall firewall) {
        StringBuilder ignored = new StringBuilder();
        ignored.append("      IPv4_address ")
                .append(Family.IPV4.sync(firewall.index()))
                .append('\n');
        ignored.append("      IPv6_address ").append(Family.IPV6.sync(firewall.index()));
        return """
            Sync {
              Mode FTFW {
                DisableExternalCache %1$s
                StartupResync Yes
              }
              Multicast {
                IPv4_address 225.0.0.50
                Group 3780
                IPv4_interface %2$s
                Interface %3$s
                SndSocketBuffer 24985600
                RcvSocketBuffer 24985600
                Checksum on
              }
            }
            General {
              HashSize 262144
              HashLimit 4194304
              LogFile %4$s/conntrackd.log
              LockFile %4$s/conntrackd.lock
              UNIX {
                Path %4$s/conntrackd.ctl
              }
              NetlinkBufferSize 67108864
              NetlinkBufferSizeMaxGrowth 134217728
              Filter From Userspace {
                Protocol Accept {
                  TCP
                  UDP
                  SCTP
                }
                Address Ignore {
                  IPv4_address 127.0.0.1
                  IPv6_address ::1
            %5$s
                }
              }
            }
            """.formatted(
                        direct ? "On" : "Off",
                        Family.IPV4.sync(firewall.index()),
                        firewall.syncDevice(),
                        firewall.directory(),
                        ignored);
    }
}
