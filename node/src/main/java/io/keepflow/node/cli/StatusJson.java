package io.keepflow.node.cli;

import io.keepflow.protocol.v1.Peer;
import io.keepflow.protocol.v1.Role;
import io.keepflow.protocol.v1.Status;
import java.io.Writer;
import java.util.Locale;
import tools.jackson.core.JsonGenerator;

/** The status as one JSON object: everything that the screen has, and what it leaves out. */
final class StatusJson {
    private StatusJson() {}

    static void write(Status status, boolean healthy, Writer out) {
        Verdict verdict = Verdict.of(status);
        try (JsonGenerator json = Json.generator(out)) {
            json.writeStartObject();
            json.writeBooleanProperty("healthy", healthy);
            json.writeStringProperty(
                    "failover", verdict.state().name().toLowerCase(Locale.ROOT).replace('_', ' '));
            json.writeStringProperty("reason", verdict.reason());
            json.writeStringProperty("node", status.getNode());
            json.writeStringProperty("cluster", status.getCluster());
            json.writeStringProperty("version", status.getVersion());
            json.writeNumberProperty("uptimeMs", status.getUptimeMs());
            json.writeStringProperty("role", role(status.getRole()));
            json.writeStringProperty("roleSource", status.getRoleSource());
            json.writeNumberProperty("roleMs", status.getRoleMs());
            writePeers(status, json);
            writeCounters(status, json);
            if (status.hasLastOverrunAgoMs()) {
                json.writeNumberProperty("lastOverrunAgoMs", status.getLastOverrunAgoMs());
            }
            json.writeNumberProperty("eventBufferBytes", status.getEventBufferBytes());
            if (status.hasLastAudit()) {
                json.writeName("lastAudit");
                VerifyJsonOutput.writeAudit(json, status.getLastAudit());
            }
            json.writeStringProperty("lastFault", status.getLastFault());
            json.writeNumberProperty("lastFaultAgoMs", status.getLastFaultAgoMs());
            json.writeArrayPropertyStart("problems");
            status.getProblemsList().forEach(json::writeString);
            json.writeEndArray();
            json.writeEndObject();
            json.writeRaw('\n');
        }
    }

    private static void writePeers(Status status, JsonGenerator json) {
        json.writeArrayPropertyStart("peers");
        for (Peer peer : status.getPeersList()) {
            json.writeStartObject();
            json.writeStringProperty("name", peer.getName());
            json.writeBooleanProperty("connected", peer.getConnected());
            json.writeStringProperty("role", role(peer.getRole()));
            json.writeStringProperty("version", peer.getVersion());
            json.writeStringProperty("refused", peer.getRefused());
            json.writeNumberProperty("lagSeconds", peer.getLagSeconds());
            json.writeNumberProperty("lagFlows", peer.getLagFlows());
            json.writeNumberProperty("flows", peer.getFlows());
            json.writeBooleanProperty("complete", peer.getComplete());
            json.writeBooleanProperty("holdsOurs", peer.getHoldsOurs());
            json.writeNumberProperty("syncProgress", peer.getSyncProgress());
            json.writeNumberProperty("syncFailures", peer.getSyncFailures());
            json.writeNumberProperty("syncFlows", peer.getSyncFlows());
            json.writeNumberProperty("syncExpected", peer.getSyncExpected());
            json.writeNumberProperty("syncRate", peer.getSyncRate());
            json.writeNumberProperty("syncRemainingSeconds", peer.getSyncRemainingSeconds());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void writeCounters(Status status, JsonGenerator json) {
        json.writeObjectPropertyStart("flows");
        json.writeNumberProperty("own", status.getFlowsOwn());
        json.writeNumberProperty("peers", status.getFlowsPeers());
        if (status.hasFlowsHeld()) {
            json.writeNumberProperty("held", status.getFlowsHeld());
        }
        json.writeNumberProperty("unowned", status.getFlowsUnowned());
        json.writeEndObject();
        json.writeNumberProperty("publishBacklog", status.getPublishBacklog());
        json.writeNumberProperty("injectBacklog", status.getInjectBacklog());
        json.writeNumberProperty("events", status.getEvents());
        json.writeNumberProperty("overruns", status.getOverruns());
        json.writeNumberProperty("injected", status.getInjected());
        json.writeNumberProperty("injectFailures", status.getInjectFailures());
        json.writeNumberProperty("rejectedFrames", status.getRejectedFrames());
    }

    private static String role(Role role) {
        return role == Role.UNRECOGNIZED
                ? "unknown"
                : role.name().substring("ROLE_".length()).toLowerCase(Locale.ROOT);
    }
}
