package io.keepflow.node.cli;

import io.keepflow.protocol.v1.AuditSummary;
import io.keepflow.protocol.v1.DifferenceCount;
import io.keepflow.protocol.v1.KernelDifference;
import io.keepflow.protocol.v1.Peer;
import java.io.Writer;
import java.util.List;
import tools.jackson.core.JsonGenerator;

/** One JSON object, written as the differences come; one that was cut off is no JSON. */
final class VerifyJsonOutput implements VerifyOutput {
    private final JsonGenerator json;
    private final FlowJson flow;
    private long listed;
    private boolean begun;

    VerifyJsonOutput(Writer out) {
        json = Json.generator(out);
        flow = new FlowJson(json);
    }

    @Override
    public void accept(KernelDifference difference) {
        begin();
        listed++;
        json.writeStartObject();
        json.writeStringProperty("kind", difference.getKind());
        json.writeStringProperty("remedy", difference.getRemedy());
        json.writeName("flow");
        flow.write(difference.getFlow());
        json.writeEndObject();
    }

    @Override
    public void finish(AuditSummary found, List<Peer> peers) {
        begin();
        json.writeEndArray();
        json.writeNumberProperty("more", Math.max(0, VerifyOutput.all(found) - listed));
        json.writeName("audit");
        writeAudit(json, found);
        json.writeArrayPropertyStart("peers");
        for (Peer peer : peers) {
            json.writeStartObject();
            json.writeStringProperty("name", peer.getName());
            json.writeBooleanProperty("connected", peer.getConnected());
            json.writeStringProperty("refused", peer.getRefused());
            json.writeNumberProperty("flows", peer.getFlows());
            json.writeBooleanProperty("complete", peer.getComplete());
            json.writeBooleanProperty("holdsOurs", peer.getHoldsOurs());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
        json.writeRaw('\n');
        json.close();
    }

    static void writeAudit(JsonGenerator json, AuditSummary audit) {
        json.writeStartObject();
        json.writeNumberProperty("agoMs", audit.getAgoMs());
        json.writeNumberProperty("durationMs", audit.getDurationMs());
        json.writeNumberProperty("compared", audit.getCompared());
        json.writeNumberProperty("differences", VerifyOutput.all(audit));
        json.writeArrayPropertyStart("kinds");
        for (DifferenceCount count : audit.getDifferencesList()) {
            json.writeStartObject();
            json.writeStringProperty("name", count.getName());
            json.writeStringProperty("kind", count.getKind());
            json.writeStringProperty("remedy", count.getRemedy());
            json.writeNumberProperty("count", count.getCount());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void begin() {
        if (!begun) {
            begun = true;
            json.writeStartObject();
            json.writeArrayPropertyStart("differences");
        }
    }
}
