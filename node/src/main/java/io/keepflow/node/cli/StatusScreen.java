package io.keepflow.node.cli;

import io.keepflow.protocol.v1.AuditSummary;
import io.keepflow.protocol.v1.Peer;
import io.keepflow.protocol.v1.Role;
import io.keepflow.protocol.v1.Status;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The screen of {@code keepflow status}: at most 80 columns and 23 lines, whatever the node says, so that the prompt fits
 * below. The verdict comes first; colour only repeats what the words say.
 */
final class StatusScreen {
    private static final int WIDTH = 80;
    private static final int HEIGHT = 23;
    private static final int LABEL_WIDTH = 12;
    private static final int MAX_PEERS = 4;
    private static final int MIN_PROBLEM_LINES = 3;

    private final Status status;
    private final Verdict verdict;
    private final Paint paint;
    private final List<String> lines = new ArrayList<>();

    private StatusScreen(Status status, boolean colour) {
        this.status = status;
        verdict = Verdict.of(status);
        paint = new Paint(colour);
    }

    /** The lines of the screen, without line ends. */
    static List<String> render(Status status, boolean colour) {
        StatusScreen screen = new StatusScreen(status, colour);
        screen.header();
        screen.verdict();
        screen.role();
        screen.peers();
        screen.counters();
        screen.troubles();
        return screen.lines;
    }

    private void header() {
        String left = "keepflow " + Amounts.fit(status.getVersion(), 16) + "   node "
                + Amounts.fit(status.getNode(), 18) + "   cluster " + Amounts.fit(status.getCluster(), 14);
        String right = "up " + Amounts.millis(status.getUptimeMs());
        String fitted = Amounts.fit(left, WIDTH - right.length() - 1);
        lines.add(fitted + " ".repeat(WIDTH - fitted.length() - right.length()) + right);
        lines.add("-".repeat(WIDTH));
    }

    private void verdict() {
        String title = "FAILOVER: " + verdict.state();
        Paint.Colour colour = switch (verdict.state()) {
            case READY -> Paint.Colour.GREEN;
            case NOT_YET -> Paint.Colour.YELLOW;
            case NOT_READY -> Paint.Colour.RED;
        };
        String indent = " ".repeat(title.length() + 4);
        List<String> reason = Amounts.wrap(verdict.reason() + ".", WIDTH - indent.length());
        lines.add(" " + paint.strong(colour, title) + "   " + reason.getFirst());
        reason.stream().skip(1).limit(1).forEach(line -> lines.add(indent + line));
        lines.add("");
    }

    private void role() {
        String role = paint.strong(Paint.Colour.NONE, name(status.getRole()));
        String source = switch (status.getRoleSource()) {
            case "manual" -> ", set by hand";
            case "none", "" -> "";
            default -> ", by " + Amounts.fit(status.getRoleSource(), 20);
        };
        labelled("Role", role + " for " + Amounts.millis(status.getRoleMs()) + source);
        lines.add("");
    }

    private void peers() {
        if (status.getPeersCount() == 0) {
            labelled("Peers", "none has been seen");
            lines.add("");
            return;
        }
        lines.add(" Peer             Role     Our flows there             Its flows here");
        List<Peer> worstFirst = status.getPeersList().stream()
                .sorted(Comparator.comparing(Verdict::takesPart)
                        .thenComparing(Peer::getComplete)
                        .thenComparing(
                                Comparator.comparingLong(Peer::getLagFlows).reversed())
                        .thenComparing(Peer::getName))
                .toList();
        // The pace of the first that is being fetched takes a line of its own.
        int room = worstFirst.stream().anyMatch(StatusScreen::isFetched) ? MAX_PEERS - 1 : MAX_PEERS;
        int shown = worstFirst.size() > room ? room - 1 : worstFirst.size();
        boolean isPaceTold = false;
        for (Peer peer : worstFirst.subList(0, shown)) {
            lines.add(peer(peer));
            if (isFetched(peer) && !isPaceTold) {
                isPaceTold = true;
                pace(peer);
            }
        }
        if (shown < worstFirst.size()) {
            lines.add(
                    " and " + (worstFirst.size() - shown) + " more, none worse; all are in 'keepflow status -o json'");
        }
        lines.add("");
    }

    private static boolean isFetched(Peer peer) {
        return Verdict.takesPart(peer) && !peer.getComplete() && peer.getSyncRate() > 0;
    }

    /** How fast the flows of {@code peer} are coming, below the bar. */
    private void pace(Peer peer) {
        String fitted = Amounts.fit(ResyncPace.of(peer), WIDTH - LABEL_WIDTH);
        lines.add(" ".repeat(WIDTH - fitted.length()) + fitted);
    }

    private String peer(Peer peer) {
        String name = "%-16s ".formatted(Amounts.fit(peer.getName(), 16));
        if (!peer.getRefused().isEmpty()) {
            return " " + name + paint.strong(Paint.Colour.RED, "REFUSED") + "  "
                    + Amounts.fit(peer.getRefused(), WIDTH - 27);
        }
        if (!peer.getConnected()) {
            String there = Amounts.count(peer.getLagFlows()) + " behind for " + Amounts.seconds(peer.getLagSeconds());
            return " " + name + paint.strong(Paint.Colour.RED, "GONE")
                    + "     %-27s %s".formatted(Amounts.fit(there, 27), kept(peer));
        }
        return " " + name + "%-8s %-27s %s".formatted(name(peer.getRole()), there(peer), here(peer));
    }

    private static String kept(Peer peer) {
        return Amounts.fit(Amounts.count(peer.getFlows()) + " kept", 24);
    }

    private String there(Peer peer) {
        double share = Verdict.shareHeld(status, peer);
        String lag = ", " + Amounts.seconds(peer.getLagSeconds());
        if (peer.getLagFlows() == 0) {
            return Amounts.fit(Verdict.flowsToHold(status) == 0 ? "none to hold" : "all" + lag, 27);
        }
        if (share < 0.95 && Verdict.flowsToHold(status) > 0) {
            return Amounts.fit(Amounts.bar(share, 10) + " " + Amounts.percent(share) + lag, 27);
        }
        return Amounts.fit("all but " + Amounts.count(peer.getLagFlows()) + lag, 27);
    }

    private static String here(Peer peer) {
        if (peer.getComplete()) {
            return Amounts.fit(peer.getFlows() == 0 ? "it has none" : "all " + Amounts.count(peer.getFlows()), 24);
        }
        return ResyncPace.bar(peer);
    }

    private void counters() {
        labelled(
                "Flows",
                Amounts.count(status.getFlowsOwn()) + " own, " + Amounts.count(status.getFlowsPeers()) + " of peers, "
                        + Amounts.count(status.getFlowsUnowned()) + " unowned");
        if (status.hasFlowsHeld()) {
            labelled("Filter", Amounts.count(status.getFlowsHeld()) + " of our flows are held back");
        }
        labelled("Kernel", events());
        if (status.hasLastAudit()) {
            labelled("Audit", audit());
        }
        labelled("Publish", Amounts.count(status.getPublishBacklog()) + " waiting");
        labelled(
                "Inject",
                Amounts.count(status.getInjected()) + " done, " + Amounts.count(status.getInjectBacklog())
                        + " waiting, " + bad(status.getInjectFailures(), "refused"));
        labelled("Sync link", bad(status.getRejectedFrames(), "frames rejected"));
        lines.add("");
    }

    private String events() {
        String text = Amounts.count(status.getEvents()) + " events, " + bad(status.getOverruns(), "overruns");
        if (status.hasLastOverrunAgoMs()) {
            text += ", the last " + Amounts.millis(status.getLastOverrunAgoMs()) + " ago";
        }
        return text;
    }

    private String audit() {
        AuditSummary audit = status.getLastAudit();
        return Amounts.millis(audit.getAgoMs()) + " ago: " + Amounts.count(audit.getCompared()) + " compared in "
                + Amounts.millis(audit.getDurationMs()) + ", " + bad(VerifyOutput.all(audit), "differed");
    }

    private String bad(long count, String what) {
        String text = Amounts.count(count) + " " + what;
        return count == 0 ? text : paint.strong(Paint.Colour.YELLOW, text);
    }

    /** What is wrong takes all the lines that are left, two for a sentence. */
    private void troubles() {
        String fault = status.getLastFault().isEmpty()
                ? "none"
                : Amounts.millis(status.getLastFaultAgoMs()) + " ago: " + status.getLastFault();
        int problems = Math.max(1, Math.min(status.getProblemsCount(), MIN_PROBLEM_LINES));
        sentence("Last fault", Paint.Colour.NONE, fault, Math.min(2, HEIGHT - lines.size() - problems));
        int left = status.getProblemsCount();
        if (left == 0) {
            labelled("Problems", "none");
        }
        String label = "Problems";
        for (String problem : status.getProblemsList()) {
            int room = HEIGHT - lines.size() - (left > 1 ? 1 : 0);
            if (room < 1) {
                labelled("", "and " + left + " more; all are in 'keepflow status -o json'");
                return;
            }
            sentence(label, Paint.Colour.RED, problem, Math.min(2, room));
            label = "";
            left--;
        }
    }

    private void sentence(String label, Paint.Colour colour, String text, int maxLines) {
        int width = WIDTH - LABEL_WIDTH - 1;
        List<String> wrapped = Amounts.wrap(text, width);
        for (int i = 0; i < Math.min(wrapped.size(), maxLines); i++) {
            boolean cut = i == maxLines - 1 && wrapped.size() > maxLines;
            String line = cut ? Amounts.fit(wrapped.get(i) + " " + wrapped.get(i + 1), width) : wrapped.get(i);
            labelled(i == 0 ? label : "", colour == Paint.Colour.NONE ? line : paint.strong(colour, line));
        }
    }

    private void labelled(String label, String text) {
        lines.add(" %-11s ".formatted(label).substring(0, LABEL_WIDTH) + " " + text);
    }

    private static String name(Role role) {
        return switch (role) {
            case ROLE_ACTIVE -> "ACTIVE";
            case ROLE_STANDBY -> "standby";
            case ROLE_FAULT -> "FAULT";
            case ROLE_UNKNOWN, UNRECOGNIZED -> "no role";
        };
    }
}
