package io.keepflow.it.demo;

import io.keepflow.it.lab.Family;
import io.keepflow.it.lab.failover.FailoverReport;
import io.keepflow.it.lab.traffic.TrafficReport;
import java.util.Map;
import java.util.function.Function;

/** The result for people: one row per figure, one column per replication. */
final class ResultTable {
    private static final int LABEL_WIDTH = 40;
    private static final int COLUMN_WIDTH = 19;

    private final Map<Column, FailoverReport> reports;
    private final StringBuilder text = new StringBuilder();

    private ResultTable(Map<Column, FailoverReport> reports) {
        this.reports = reports;
    }

    static String of(Map<Column, FailoverReport> reports) {
        ResultTable table = new ResultTable(reports);
        table.rows();
        return table.text.toString();
    }

    private void rows() {
        text.append(" ".repeat(LABEL_WIDTH));
        reports.keySet().forEach(column -> cell(column.title()));
        text.append('\n');
        for (Family family : Family.values()) {
            String prefix = family == Family.IPV4 ? "IPv4 " : "IPv6 ";
            row(
                    prefix + "TCP connections alive",
                    r -> of(tcp(r, family).alive(), tcp(r, family).opened()));
            row(
                    prefix + "TCP reset / stuck",
                    r -> tcp(r, family).reset() + " / " + tcp(r, family).stuck());
            row(prefix + "TCP longest silence", r -> tcp(r, family).longestSilenceMs() + " ms");
            row(
                    prefix + "UDP conversations alive",
                    r -> of(udp(r, family).alive(), udp(r, family).opened()));
            row(
                    prefix + "UDP same NAT mapping",
                    r -> of(udp(r, family).sameMapping(), udp(r, family).opened()));
        }
        row("flows on the active before", r -> "%,d".formatted(r.flows().active()));
        row("flows on the survivor after", r -> "%,d".formatted(r.flows().standby()));
        row("flows missing on the survivor", r -> "%,d".formatted(r.flows().missing()));
        row("addresses moved after", r -> r.takeoverMs() + " ms");
    }

    private void row(String label, Function<FailoverReport, String> figure) {
        text.append("  ").append(label).append(" ".repeat(LABEL_WIDTH - 2 - label.length()));
        reports.values().forEach(report -> cell(figure.apply(report)));
        text.append('\n');
    }

    private void cell(String value) {
        text.append(" ".repeat(Math.max(1, COLUMN_WIDTH - value.length()))).append(value);
    }

    private static TrafficReport.Tcp tcp(FailoverReport report, Family family) {
        return report.traffic().tcp(family);
    }

    private static TrafficReport.Udp udp(FailoverReport report, Family family) {
        return report.traffic().udp(family);
    }

    private static String of(int part, int whole) {
        return part + " of " + whole;
    }
}
