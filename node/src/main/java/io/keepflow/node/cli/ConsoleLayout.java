package io.keepflow.node.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Map;

/**
 * Lines of the log on standard error. Under journald each opens with its priority ({@code <3>} error to {@code <7>} debug,
 * sd-daemon(3)) and has no time, which the journal has; elsewhere with time and level. Stack traces are for debugging.
 */
public final class ConsoleLayout extends LayoutBase<ILoggingEvent> {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSS");
    private static final int MAX_CAUSES = 5;

    private final boolean journal;
    private final ZoneId zone;
    private volatile boolean traces;

    public ConsoleLayout() {
        this(isJournal(System.getenv(), Path.of("/proc/self/fd/2")), ZoneId.systemDefault());
    }

    ConsoleLayout(boolean journal, ZoneId zone) {
        this.journal = journal;
        this.zone = zone;
    }

    /** Whether {@code $JOURNAL_STREAM} (device:inode, systemd.exec(5)) is this stream; programs also inherit it from others. */
    static boolean isJournal(Map<String, String> environment, Path stream) {
        String journal = environment.get("JOURNAL_STREAM");
        if (journal == null) {
            return false;
        }
        try {
            Object device = Files.getAttribute(stream, "unix:dev");
            Object inode = Files.getAttribute(stream, "unix:ino");
            return journal.equals(device + ":" + inode);
        } catch (IOException e) {
            return false;
        }
    }

    /** Whether stack traces are printed, instead of what they say in one line. */
    void setTraces(boolean traces) {
        this.traces = traces;
    }

    @Override
    public String doLayout(ILoggingEvent event) {
        StringBuilder text = new StringBuilder(event.getFormattedMessage());
        IThrowableProxy thrown = event.getThrowableProxy();
        if (thrown != null && traces) {
            text.append('\n').append(ThrowableProxyUtil.asString(thrown).stripTrailing());
        } else if (thrown != null) {
            appendCauses(text, thrown);
        }
        return journal ? journalLines(event.getLevel(), text) : timedLines(event, text);
    }

    private static void appendCauses(StringBuilder text, IThrowableProxy thrown) {
        IThrowableProxy cause = thrown;
        String last = "";
        for (int i = 0; cause != null && i < MAX_CAUSES; i++) {
            String message = cause.getMessage() == null ? cause.getClassName() : cause.getMessage();
            if (!last.contains(message)) {
                text.append(": ").append(message);
                last = message;
            }
            cause = cause.getCause();
        }
    }

    private static String journalLines(Level level, StringBuilder text) {
        String prefix = "<" + priority(level) + ">";
        return prefix + text.toString().replace("\n", "\n" + prefix) + "\n";
    }

    private String timedLines(ILoggingEvent event, StringBuilder text) {
        String time = TIME.format(Instant.ofEpochMilli(event.getTimeStamp()).atZone(zone));
        return "%s %-5s %s%n".formatted(time, event.getLevel(), text);
    }

    private static int priority(Level level) {
        return switch (level.toInt()) {
            case Level.ERROR_INT -> 3;
            case Level.WARN_INT -> 4;
            case Level.INFO_INT -> 6;
            default -> 7;
        };
    }
}
