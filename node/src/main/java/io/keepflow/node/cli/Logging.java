package io.keepflow.node.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import org.slf4j.LoggerFactory;

/** Sets how much the log tells, as {@code --debug} wants it. The rest is in {@code logback.xml}. */
final class Logging {
    private Logging() {}

    static void configure(boolean debug) {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            context.getLogger("io.keepflow").setLevel(debug ? Level.DEBUG : Level.INFO);
            Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
            if (root.getAppender("stderr") instanceof ConsoleAppender<ILoggingEvent> console
                    && console.getEncoder() instanceof LayoutWrappingEncoder<ILoggingEvent> encoder
                    && encoder.getLayout() instanceof ConsoleLayout layout) {
                layout.setTraces(debug);
            }
        }
    }
}
