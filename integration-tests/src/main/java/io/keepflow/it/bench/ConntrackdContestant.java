package io.keepflow.it.bench;

import io.keepflow.it.lab.Command;
import io.keepflow.it.lab.Firewall;
import io.keepflow.it.lab.replication.Conntrackd;
import java.io.IOException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** conntrackd of the distribution. It schedules itself in real time (round robin, the highest priority) by default. */
final class ConntrackdContestant implements Contestant {
    private static final Pattern EVENTS = Pattern.compile("events received:\\s+(\\d+)");
    private static final Pattern OVERRUNS = Pattern.compile("netlink overrun:\\s+(\\d+)");

    private final Conntrackd conntrackd;

    private ConntrackdContestant(Conntrackd conntrackd) {
        this.conntrackd = conntrackd;
    }

    /** With its default: the standby keeps the flows in a cache of its own, until it is told to commit them. */
    static ConntrackdContestant withExternalCache() {
        return new ConntrackdContestant(Conntrackd.withExternalCache());
    }

    /** The standby puts the flows into its kernel as they come. */
    static ConntrackdContestant withDirectInjection() {
        return new ConntrackdContestant(Conntrackd.withDirectInjection());
    }

    @Override
    public Tool tool() {
        return Tool.CONNTRACKD;
    }

    @Override
    public void start(Firewall firewall) throws Exception {
        conntrackd.start(firewall);
    }

    @Override
    public void launch(Firewall firewall) throws Exception {
        conntrackd.launch(firewall);
    }

    @Override
    public Path socket(Firewall firewall) {
        return Conntrackd.socket(firewall);
    }

    @Override
    public void stop(Firewall firewall) {
        conntrackd.stop(firewall);
    }

    // As its primary-backup.sh does.
    @Override
    public void promote(Firewall firewall) throws Exception {
        for (String word : new String[] {"-c", "-f", "-R", "-B"}) {
            command(firewall, word);
        }
    }

    @Override
    public void demote(Firewall firewall) throws Exception {
        command(firewall, "-t");
        command(firewall, "-n");
    }

    @Override
    public long pid(Firewall firewall) {
        return conntrackd.pid(firewall);
    }

    @Override
    public Counts counts(Firewall firewall) throws Exception {
        String statistics = command(firewall, "-s", "runtime");
        return new Counts(number(EVENTS, statistics), number(OVERRUNS, statistics));
    }

    @Override
    public void askStatus(Firewall firewall) throws Exception {
        command(firewall, "-s");
    }

    /** Flows that the standby keeps in its external cache. */
    long cached(Firewall standby) throws Exception {
        return conntrackd.held(standby);
    }

    String command(Firewall firewall, String... words) throws Exception {
        Command command = conntrackd.cli(firewall, words);
        if (command.exit() != 0) {
            throw new IOException("conntrackd " + String.join(" ", words) + " on " + firewall.name() + " exited with "
                    + command.exit() + ": " + command.errors() + command.output());
        }
        return command.output();
    }

    @Override
    public void requireHealthy() throws IOException {
        conntrackd.requireHealthy();
    }

    @Override
    public void close() {
        conntrackd.close();
    }

    private static long number(Pattern pattern, String text) throws IOException {
        Matcher matcher = pattern.matcher(text);
        if (!matcher.find()) {
            throw new IOException("conntrackd -s runtime says nothing like " + pattern + ": " + text);
        }
        return Long.parseLong(matcher.group(1));
    }
}
