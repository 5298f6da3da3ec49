package io.keepflow.node.cli;

import io.keepflow.node.notation.ConntrackNames;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.v1.ExpectationRow;
import java.io.IOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JsonGenerator;

/** Expectations as an aligned table, and as one JSON array. */
final class ExpectationOutput {
    private static final List<String> HEADER =
            List.of("HELPER", "PROTO", "EXPECTED FROM", "TO", "MASTER", "EXPIRES", "OWNER", "KERNEL");
    private static final int ANY_PORT = 0;

    private ExpectationOutput() {}

    static void table(List<ExpectationRow> rows, Writer out) throws IOException {
        if (rows.isEmpty()) {
            return;
        }
        List<List<String>> lines = new ArrayList<>(List.of(HEADER));
        rows.forEach(row -> lines.add(cells(row)));
        int[] widths = new int[HEADER.size()];
        for (List<String> line : lines) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        }
        for (List<String> line : lines) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                text.append(line.get(i)).repeat(" ", widths[i] - line.get(i).length() + 2);
            }
            out.write(text.toString().stripTrailing() + "\n");
        }
    }

    private static List<String> cells(ExpectationRow row) {
        return List.of(
                row.getHelper().isEmpty() ? "-" : row.getHelper(),
                protocol(row.getProtocol()),
                end(row.getFamily(), row.getSrc(), row.getMaskSport() == 0 ? ANY_PORT : row.getSport()),
                end(row.getFamily(), row.getDst(), row.getDport()),
                end(row.getFamily(), row.getMasterSrc(), row.getMasterSport()) + " > "
                        + end(row.getFamily(), row.getMasterDst(), row.getMasterDport()),
                row.getTimeout() + " s",
                row.getOwner(),
                row.getInKernel() ? "yes" : "no");
    }

    private static String end(int family, String address, int port) {
        String host = family == Flow.IPV6 ? "[" + address + "]" : address;
        return host + ":" + (port == ANY_PORT ? "*" : String.valueOf(port));
    }

    private static String protocol(int number) {
        String name = ConntrackNames.protocol(number);
        return name == null ? Integer.toString(number) : name;
    }

    static void json(List<ExpectationRow> rows, Writer out) {
        try (JsonGenerator json = Json.rows(out)) {
            json.writeRaw("[\n");
            rows.forEach(row -> write(json, row));
            json.writeRaw("\n]\n");
        }
    }

    private static void write(JsonGenerator json, ExpectationRow row) {
        json.writeStartObject();
        json.writeStringProperty("family", row.getFamily() == Flow.IPV4 ? "ipv4" : "ipv6");
        json.writeStringProperty("protocol", protocol(row.getProtocol()));
        json.writeObjectPropertyStart("expected");
        ends(json, row.getSrc(), row.getDst(), row.getSport(), row.getDport());
        json.writeStringProperty("maskSrc", row.getMaskSrc());
        json.writeNumberProperty("maskSport", row.getMaskSport());
        json.writeEndObject();
        json.writeObjectPropertyStart("master");
        json.writeStringProperty("protocol", protocol(row.getMasterProtocol()));
        ends(json, row.getMasterSrc(), row.getMasterDst(), row.getMasterSport(), row.getMasterDport());
        json.writeEndObject();
        json.writeNumberProperty("timeout", row.getTimeout());
        json.writeNumberProperty("flags", Integer.toUnsignedLong(row.getFlags()));
        json.writeNumberProperty("class", row.getGroup());
        json.writeStringProperty("helper", row.getHelper());
        json.writeStringProperty("function", row.getFunction());
        if (row.getZone() != 0) {
            json.writeNumberProperty("zone", row.getZone());
        }
        json.writeStringProperty("owner", row.getOwner());
        json.writeNumberProperty("version", row.getVersion());
        json.writeBooleanProperty("inKernel", row.getInKernel());
        json.writeEndObject();
    }

    private static void ends(JsonGenerator json, String src, String dst, int sport, int dport) {
        json.writeStringProperty("src", src);
        json.writeStringProperty("dst", dst);
        json.writeNumberProperty("sport", sport);
        json.writeNumberProperty("dport", dport);
    }
}
