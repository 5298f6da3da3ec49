package io.keepflow.node.cli;

import io.keepflow.protocol.v1.FlowRow;
import java.io.IOException;

/** Prints flows as they come. */
interface FlowOutput {
    void accept(FlowRow flow) throws IOException;

    /** All flows have come. */
    void finish() throws IOException;
}
