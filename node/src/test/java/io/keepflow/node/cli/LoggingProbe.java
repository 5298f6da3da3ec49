package io.keepflow.node.cli;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A program whose node logs a line of each kind and breaks; for {@link ConsoleLayoutTest}. */
final class LoggingProbe {
    private LoggingProbe() {}

    public static void main(String[] args) {
        Daemon daemon = config -> {
            Logger log = LoggerFactory.getLogger(LoggingProbe.class);
            log.debug("hidden");
            log.info("hello from {}", config.node().name());
            log.warn("careful");
            LoggerFactory.getLogger("org.jgroups.Noise").info("hidden");
            throw new IllegalStateException("it broke");
        };
        System.exit(new Main(daemon, CommandRun.GOOD_KEYS, Terminal.system()).execute(args));
    }
}
