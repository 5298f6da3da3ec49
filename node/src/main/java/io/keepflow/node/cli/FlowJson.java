package io.keepflow.node.cli;

import io.keepflow.node.notation.ConntrackNames;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.v1.FlowMaster;
import io.keepflow.protocol.v1.FlowRow;
import tools.jackson.core.JsonGenerator;

/** A flow as a JSON object. */
final class FlowJson {
    private final JsonGenerator json;

    FlowJson(JsonGenerator json) {
        this.json = json;
    }

    void write(FlowRow flow) {
        json.writeStartObject();
        json.writeStringProperty("family", flow.getFamily() == Flow.IPV4 ? "ipv4" : "ipv6");
        String name = ConntrackNames.protocol(flow.getProtocol());
        json.writeStringProperty("protocol", name == null ? Integer.toString(flow.getProtocol()) : name);
        if (flow.hasState()) {
            json.writeStringProperty("state", ConntrackNames.state(flow.getProtocol(), flow.getState()));
        }
        json.writeObjectPropertyStart("original");
        tuple(flow.getProtocol(), flow.getOrigSrc(), flow.getOrigDst(), flow.getOrigL4Src(), flow.getOrigL4Dst());
        zone("zone", flow.getZoneOrig());
        json.writeEndObject();
        json.writeObjectPropertyStart("reply");
        tuple(flow.getProtocol(), flow.getReplySrc(), flow.getReplyDst(), flow.getReplyL4Src(), flow.getReplyL4Dst());
        zone("zone", flow.getZoneReply());
        json.writeEndObject();
        json.writeArrayPropertyStart("status");
        for (String bit : ConntrackNames.statusNames()) {
            if ((flow.getStatus() & ConntrackNames.statusBit(bit)) != 0) {
                json.writeString(bit);
            }
        }
        json.writeEndArray();
        json.writeNumberProperty("timeout", Integer.toUnsignedLong(flow.getTimeout()));
        json.writeNumberProperty("mark", Integer.toUnsignedLong(flow.getMark()));
        zone("zone", flow.getZone());
        extensions(flow);
        json.writeStringProperty("owner", flow.getOwner());
        json.writeNumberProperty("version", flow.getVersion());
        json.writeBooleanProperty("inKernel", flow.getInKernel());
        json.writeEndObject();
    }

    private void zone(String name, int zone) {
        if (zone != 0) {
            json.writeNumberProperty(name, zone);
        }
    }

    private void extensions(FlowRow flow) {
        if (!flow.getHelper().isEmpty()) {
            json.writeStringProperty("helper", flow.getHelper());
        }
        if (flow.hasMaster()) {
            FlowMaster master = flow.getMaster();
            String name = ConntrackNames.protocol(master.getProtocol());
            json.writeObjectPropertyStart("master");
            json.writeStringProperty("protocol", name == null ? Integer.toString(master.getProtocol()) : name);
            tuple(master.getProtocol(), master.getSrc(), master.getDst(), master.getL4Src(), master.getL4Dst());
            json.writeEndObject();
        }
        if (flow.getSeqOrigOffset() != 0 || flow.getSeqReplyOffset() != 0) {
            json.writeObjectPropertyStart("sequenceOffsets");
            json.writeNumberProperty("original", flow.getSeqOrigOffset());
            json.writeNumberProperty("reply", flow.getSeqReplyOffset());
            json.writeEndObject();
        }
        if (flow.getSynproxy()) {
            json.writeBooleanProperty("synproxy", true);
        }
        if (flow.getLabelsCount() > 0) {
            json.writeArrayPropertyStart("labels");
            flow.getLabelsList().forEach(json::writeNumber);
            json.writeEndArray();
        }
    }

    private void tuple(int protocol, String src, String dst, int l4Src, int l4Dst) {
        json.writeStringProperty("src", src);
        json.writeStringProperty("dst", dst);
        if (ConntrackNames.hasPorts(protocol)) {
            json.writeNumberProperty("sport", l4Src);
            json.writeNumberProperty("dport", l4Dst);
        } else if (protocol == Flow.GRE) {
            json.writeNumberProperty("srckey", l4Src);
            json.writeNumberProperty("dstkey", l4Dst);
        } else if (protocol == Flow.ICMP || protocol == Flow.ICMPV6) {
            json.writeNumberProperty("type", l4Dst >>> 8 & 0xff);
            json.writeNumberProperty("code", l4Dst & 0xff);
            json.writeNumberProperty("id", l4Src);
        }
    }
}
