package io.keepflow.node.cli;

import io.keepflow.node.config.Config;

/** What {@code keepflow run} runs; returns when the node was told to stop. */
@FunctionalInterface
public interface Daemon {
    void run(Config config) throws Exception;
}
