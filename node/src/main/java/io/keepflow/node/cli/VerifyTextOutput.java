package io.keepflow.node.cli;

import io.keepflow.protocol.v1.AuditSummary;
import io.keepflow.protocol.v1.DifferenceCount;
import io.keepflow.protocol.v1.KernelDifference;
import io.keepflow.protocol.v1.Peer;
import java.io.IOException;
import java.io.Writer;
import java.util.List;

/** A line for each difference, then what was found in all, then a line for each peer. */
final class VerifyTextOutput implements VerifyOutput {
    private final Writer out;
    private long listed;

    VerifyTextOutput(Writer out) {
        this.out = out;
    }

    @Override
    public void accept(KernelDifference difference) throws IOException {
        listed++;
        line("%-9s  %s: %s"
                .formatted(
                        Amounts.clean(difference.getKind()),
                        FlowCells.of(difference.getFlow()).line(),
                        Amounts.clean(difference.getRemedy())));
        out.flush();
    }

    @Override
    public void finish(AuditSummary found, List<Peer> peers) throws IOException {
        long all = VerifyOutput.all(found);
        if (all > listed) {
            line("and " + Amounts.count(all - listed) + " more");
        }
        String differences = switch ((int) Math.min(all, 2)) {
            case 0 -> "no difference";
            case 1 -> "1 difference";
            default -> Amounts.count(all) + " differences";
        };
        line("compared " + Amounts.count(found.getCompared()) + " entries of the kernel with the table in "
                + Amounts.millis(found.getDurationMs()) + ": " + differences);
        for (DifferenceCount count : found.getDifferencesList()) {
            line("  " + Amounts.count(count.getCount()) + " " + Amounts.clean(count.getKind()) + ", "
                    + Amounts.clean(count.getRemedy()));
        }
        for (Peer peer : peers) {
            line(Amounts.clean(peer.getName()) + ": " + account(peer));
        }
    }

    private static String account(Peer peer) {
        if (!peer.getRefused().isEmpty()) {
            return "takes no part: it " + Amounts.clean(peer.getRefused());
        }
        if (!peer.getConnected()) {
            return "not connected";
        }
        String ours = peer.getHoldsOurs() ? "holds all of our flows" : "does not hold all of our flows yet";
        if (!peer.getComplete()) {
            return ours + "; not all of its flows are here yet";
        }
        return ours + "; "
                + (peer.getFlows() == 0 ? "it has none" : "all " + Amounts.count(peer.getFlows()) + " of its are here");
    }

    private void line(String text) throws IOException {
        out.write(text + "\n");
    }
}
