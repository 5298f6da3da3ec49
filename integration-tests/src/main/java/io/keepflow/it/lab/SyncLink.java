package io.keepflow.it.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A firewall's end of the sync link: what went through it, rules that lose some of what arrives, or all that is too much. */
public final class SyncLink {
    private static final int ALL = 100;
    private static final String LOSS_TABLE = "sync_loss";

    private static final Pattern DROPPED = Pattern.compile("counter packets (\\d+) ");

    private final Firewall firewall;

    SyncLink(Firewall firewall) {
        this.firewall = firewall;
    }

    /** From now on drops {@code percent} of the arriving UDP datagrams, whomever they are addressed to; 0 for none. */
    public void lose(int percent) throws IOException {
        if (percent < 0 || percent > ALL) {
            throw new IllegalArgumentException("cannot lose " + percent + " %");
        }
        drop(percent == 0 ? "" : "numgen random mod %d < %d".formatted(ALL, percent));
    }

    /** From now on takes in no more of the UDP datagrams than this, and drops the rest; 0 for all. */
    public void narrow(int kilobytesPerSecond) throws IOException {
        drop(kilobytesPerSecond == 0 ? "" : "limit rate over %d kbytes/second".formatted(kilobytesPerSecond));
    }

    private void drop(String which) throws IOException {
        String chain = which.isEmpty() ? "" : """
                  chain in {
                    type filter hook input priority -10;
                    iifname "%s" meta l4proto udp %s counter drop
                  }
                """.formatted(firewall.syncDevice(), which);
        Path file = firewall.directory().resolve("loss.nft");
        Files.writeString(
                file,
                "table inet %1$s\ndelete table inet %1$s\ntable inet %1$s {\n%2$s}\n".formatted(LOSS_TABLE, chain));
        firewall.namespace().exec("nft", "--file", file.toString());
    }

    /** Datagrams that the present loss rule has dropped. */
    public long lost() throws IOException {
        String rules = firewall.namespace().exec("nft", "list", "table", "inet", LOSS_TABLE);
        Matcher counter = DROPPED.matcher(rules);
        return counter.find() ? Long.parseLong(counter.group(1)) : 0;
    }

    /** What the device has counted since it was made. */
    public Traffic traffic() throws Exception {
        String device = firewall.syncDevice() + ":";
        return firewall.namespace().call(() -> {
            for (String line : Files.readAllLines(Path.of("/proc/thread-self/net/dev"))) {
                if (line.strip().startsWith(device)) {
                    return Traffic.parse(line.strip().substring(device.length()).strip());
                }
            }
            throw new IOException(firewall.name() + " has no device " + device);
        });
    }

    /** Frames and bytes (Ethernet headers included) that left and arrived, those that the loss rules then drop included. */
    public record Traffic(long sentBytes, long sentPackets, long receivedBytes, long receivedPackets) {
        private static Traffic parse(String counters) {
            String[] columns = counters.split("\\s+", -1);
            return new Traffic(
                    Long.parseLong(columns[8]),
                    Long.parseLong(columns[9]),
                    Long.parseLong(columns[0]),
                    Long.parseLong(columns[1]));
        }

        public Traffic since(Traffic earlier) {
            return new Traffic(
                    sentBytes - earlier.sentBytes,
                    sentPackets - earlier.sentPackets,
                    receivedBytes - earlier.receivedBytes,
                    receivedPackets - earlier.receivedPackets);
        }
    }
}
