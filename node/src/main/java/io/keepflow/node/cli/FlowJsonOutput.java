package io.keepflow.node.cli;

import io.keepflow.protocol.v1.FlowRow;
import java.io.Writer;
import tools.jackson.core.JsonGenerator;

/** The flows as one JSON array, an object on its own line for each, written as they come. */
final class FlowJsonOutput implements FlowOutput {
    private final JsonGenerator json;
    private final FlowJson row;
    private boolean begun;

    FlowJsonOutput(Writer out) {
        json = Json.rows(out);
        row = new FlowJson(json);
    }

    @Override
    public void accept(FlowRow flow) {
        begin();
        row.write(flow);
    }

    @Override
    public void finish() {
        begin();
        json.writeRaw("\n]\n");
        json.close();
    }

    private void begin() {
        if (!begun) {
            json.writeRaw("[\n");
            begun = true;
        }
    }
}
