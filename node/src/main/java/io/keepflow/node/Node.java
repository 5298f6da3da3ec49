package io.keepflow.node;

import io.keepflow.node.config.Config;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The daemon. */
public final class Node {
    private static final Logger LOG = LoggerFactory.getLogger(Node.class);

    private Node() {}

    /** Runs a node until the process is told to stop. */
    public static void run(Config config) {
        LOG.error(
                "The node {} cannot run: this build carries the command line only",
                config.node().name());
    }
}
