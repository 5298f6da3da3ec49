package io.keepflow.node.cli;

import java.io.Writer;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.json.JsonFactory;

/** Makes JSON generators that leave the writer open. */
final class Json {
    private static final JsonFactory FACTORY = factory(" ");
    private static final JsonFactory ROWS = factory(",\n");

    private Json() {}

    static JsonGenerator generator(Writer out) {
        return FACTORY.createGenerator(ObjectWriteContext.empty(), out);
    }

    /** Separates the values at the top level as the items of an array, one a line; the brackets are the caller's. */
    static JsonGenerator rows(Writer out) {
        return ROWS.createGenerator(ObjectWriteContext.empty(), out);
    }

    private static JsonFactory factory(String rootSeparator) {
        return JsonFactory.builder()
                .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
                .disable(StreamWriteFeature.FLUSH_PASSED_TO_STREAM)
                .rootValueSeparator(rootSeparator)
                .build();
    }
}
