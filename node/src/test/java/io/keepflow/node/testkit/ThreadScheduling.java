package io.keepflow.node.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the kernel says in {@code /proc} of how it runs a thread. */
public final class ThreadScheduling {
    /** Of {@link #slice}: what Keepflow's threads ask for. */
    public static final String SHORT_SLICE = "100000";

    /** Of {@link #policy}: {@code SCHED_BATCH}. */
    public static final String BATCH = "3";

    private static final Pattern VALUE = Pattern.compile("(\\S+)\\s*:\\s*(\\S+)");

    private final Map<String, String> values;

    private ThreadScheduling(Path thread) {
        try {
            values = Files.readAllLines(thread.resolve("sched")).stream()
                    .map(VALUE::matcher)
                    .filter(Matcher::lookingAt)
                    .collect(Collectors.toMap(match -> match.group(1), match -> match.group(2), (first, _) -> first));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static ThreadScheduling ofThisThread() {
        return new ThreadScheduling(Path.of("/proc/thread-self"));
    }

    /** Of all threads of a process whose names begin so; the kernel knows 15 characters of a name. */
    public static List<ThreadScheduling> ofThreads(long pid, String namePrefix) throws IOException {
        try (Stream<Path> threads = Files.list(Path.of("/proc/" + pid + "/task"))) {
            return threads.filter(thread -> name(thread).startsWith(namePrefix))
                    .map(ThreadScheduling::new)
                    .toList();
        }
    }

    /** Whether this kernel lets threads ask for a slice; Linux 6.12 is the first. */
    public static boolean hasSlices() {
        String[] version = System.getProperty("os.version").split("[^0-9]+", 3);
        int major = Integer.parseInt(version[0]);
        return major > 6 || (major == 6 && Integer.parseInt(version[1]) >= 12);
    }

    public String policy() {
        return value("policy");
    }

    public String priority() {
        return value("prio");
    }

    /** In nanoseconds. */
    public String slice() {
        return value("se.slice");
    }

    /** How often it has given up its processor to wait. */
    public long waits() {
        return Long.parseLong(value("nr_voluntary_switches"));
    }

    private String value(String name) {
        String value = values.get(name);
        if (value == null) {
            throw new IllegalStateException("this kernel does not tell " + name + " of threads");
        }
        return value;
    }

    private static String name(Path thread) {
        try {
            return Files.readString(thread.resolve("comm")).strip();
        } catch (IOException e) {
            // The thread has ended.
            return "";
        }
    }
}
